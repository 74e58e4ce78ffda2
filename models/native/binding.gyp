{
  # One binary for every processor of an architecture: the kernels are compiled once per
  # instruction set, each as a library with machine flags of its own, and picked at run time
  # (kernels/dispatch.cc). No -ffast-math: sums keep their order, so samples repeat.
  'variables': {
    'strict': ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror'],
    'speed': ['-O3', '-fno-math-errno', '-fno-trapping-math', '-fno-exceptions', '-fno-rtti'],
    'common_flags': ['-std=c++20', '<@(strict)', '<@(speed)'],
  },
  'target_defaults': {
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['<@(common_flags)'],
    'cflags': ['-fPIC'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'WARNING_CFLAGS': ['<@(strict)'],
      'OTHER_CPLUSPLUSFLAGS': ['<@(common_flags)'],
    },
    'conditions': [['target_arch=="x64"', { 'defines': ['SASHIMI_X64_KERNELS'] }]],
  },
  'targets': [
    {
      'target_name': 'sashimi_native',
      # A stream and the same voice stepped offline, in TypeScript, fade alike to the last bit.
      'cflags_cc': ['-ffp-contract=off'],
      'xcode_settings': { 'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off'] },
      'sources': [
        'addon/addon.cc',
        'addon/composite.cc',
        'addon/group.cc',
        'addon/model.cc',
        'addon/probe.cc',
        'addon/stream.cc',
        'addon/voice.cc',
        'core/backbone.cc',
        'core/composite.cc',
        'core/config.cc',
        'core/matrix_layout.cc',
        'core/memory.cc',
        'core/sampling.cc',
        'core/sashimi_voice.cc',
        'core/sashimi_weights.cc',
        'core/state_space_layout.cc',
        'core/steering.cc',
        'core/voice_group.cc',
        'core/voice_state.cc',
        'cuda/addon/cuda.cc',
        'cuda/host/cuda_group.cc',
        'cuda/host/cuda_model.cc',
        'cuda/host/device.cc',
        'cuda/host/device_voice.cc',
        'cuda/host/driver.cc',
        'cuda/host/lane_order.cc',
        'cuda/host/plan_builder.cc',
        'cuda/host/post.cc',
        'kernels/dispatch.cc',
        'probe/probe.cc',
        'stream/lane_reader.cc',
        'stream/run_ahead.cc',
        'stream/run_ahead_thread.cc',
        'stream/thread_clock.cc',
        'stream/thread_priority.cc',
      ],
      'dependencies': ['sashimi_kernels_baseline'],
      'conditions': [
        ['target_arch=="x64"', { 'dependencies': ['sashimi_kernels_avx2', 'sashimi_kernels_avx512'] }],
        ['OS=="linux"', { 'libraries': ['-pthread', '-ldl'] }],
      ],
    },
    {
      'target_name': 'sashimi_kernels_baseline',
      'type': 'static_library',
      'sources': ['kernels/kernels_baseline.cc', 'probe/probe_baseline.cc'],
      'cflags_cc': ['-ffp-contract=off'],
      'xcode_settings': { 'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off'] },
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'sashimi_kernels_avx2',
          'type': 'static_library',
          'sources': ['kernels/kernels_avx2.cc', 'probe/probe_avx2.cc'],
          'cflags_cc': ['-mavx2', '-mfma', '-ffp-contract=fast'],
          'xcode_settings': { 'OTHER_CPLUSPLUSFLAGS': ['-mavx2', '-mfma', '-ffp-contract=fast'] },
        },
        {
          'target_name': 'sashimi_kernels_avx512',
          'type': 'static_library',
          'sources': ['kernels/kernels_avx512.cc', 'probe/probe_avx512.cc'],
          'cflags_cc': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma',
                        '-mprefer-vector-width=512', '-ffp-contract=fast'],
          'xcode_settings': {
            'OTHER_CPLUSPLUSFLAGS': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma',
                                     '-mprefer-vector-width=512', '-ffp-contract=fast'],
          },
        },
      ],
    }],
  ],
}
