/// Conditioning of a run-ahead stream: what comes out is what an offline run gives that takes the same frames at the same
/// samples, and the reader never waits. Built with the thread sanitizer too.
#include <algorithm>
#include <chrono>
#include <thread>

#include "listener.h"
#include "steered_source.h"

namespace sashimi::test {
namespace {

/// Reads `count` frames in blocks of `block`, and lets the thread refill in between.
void play(RunAhead& stream, std::vector<float>& heard, size_t count, size_t block) {
  for (size_t done = 0; done < count; done += block) {
    settle(stream);
    const size_t n = std::min(block, count - done);
    heard.resize(heard.size() + n);
    CHECK(stream.read(heard.data() + heard.size() - n, n) == n);
  }
}

void in_time() {
  section("frames said anew show at the frame after the read, exactly as offline, for odd look-aheads and blocks");
  std::minstd_rand generator(5);
  for (const size_t look_ahead : {100UL, 256UL, 1000UL}) {
    for (const size_t block : {33UL, 64UL}) {
      SteeredStream stream(look_ahead);
      stream->reset(0);
  settle(*stream);
      SteeredRun offline(6000);
      std::vector<float> heard;
      for (int round = 0; round < 60; ++round) {
        settle(*stream);
        std::vector<Saying> sayings;
        // Of several in one tick, and of one input, the later counts.
        for (size_t i = 0; i < round % 4U; ++i) {
          const size_t input = generator() % 3;
          const auto hop = static_cast<int64_t>(steered_config().inputs[input].hop);
          // What changes beyond the next read may have to wait for its turn.
          const int64_t first = static_cast<int64_t>(heard.size()) / hop - static_cast<int64_t>(generator() % 5);
          sayings.push_back(random_saying(generator, input, first, 1 + generator() % 400));
          stream.say(sayings.back());
        }
        const size_t before = heard.size();
        play(*stream, heard, block, block);
        CHECK(heard.size() == before + block);
        for (const Saying& saying : sayings) offline.say(saying, stream->position());
      }
      play(*stream, heard, 20 * block, block);
      check_equal(heard, offline.frames());
      CHECK(stream->rollbacks() > 20);
      CHECK(stream->late_rollbacks() == 0);
      CHECK(stream->xruns().total() == 0);
      CHECK(stream.conditioning().overflows() == 0);
    }
  }
}

void planned() {
  section("frames said ahead of the write head need no rollback, said again without a change neither");
  for (const bool rollback : {true, false}) {
    std::minstd_rand generator(6);
    SteeredStream stream(256, rollback, true);
    SteeredRun offline(5000);
    std::vector<Saying> whole;
    for (size_t i = 0; i < 3; ++i) {
      whole.push_back(random_saying(generator, i, 0, 5000 / steered_config().inputs[i].hop + 1));
      offline.say(whole.back(), 0);
    }
    constexpr size_t kBlock = 40;
    const auto say_until = [&](uint64_t sample) {
      for (const Saying& all : whole) {
        const auto& [dim, hop] = steered_config().inputs[all.input];
        Saying part{all.input, static_cast<int64_t>(stream->position() / hop), {}};
        const auto from = static_cast<size_t>(part.first_frame) * dim;
        part.rows.assign(all.rows.begin() + static_cast<ptrdiff_t>(from),
                         all.rows.begin() + static_cast<ptrdiff_t>(std::min(all.rows.size(), (sample / hop + 1) * dim)));
        stream.say(part);
      }
    };
    // What is said before the stream begins is there from its first sample on.
    stream.begin(0, [&] { say_until(stream->plan_ahead_frames()); });
    settle(*stream);
    std::vector<float> heard;
    while (heard.size() < 4000) {
      say_until(heard.size() + kBlock + stream->plan_ahead_frames());
      play(*stream, heard, kBlock, kBlock);
    }
    CHECK(stream->rollbacks() == 0);
    check_equal(heard, offline.frames());
  }
}

void without_rollback() {
  section("without rollback frames hold from the first sample that is not yet stepped");
  std::minstd_rand generator(7);
  SteeredStream stream(256, false);
  stream->reset(0);
  settle(*stream);
  std::vector<float> heard;
  play(*stream, heard, 400, 40);
  SteeredRun offline(3000);
  settle(*stream);
  const size_t head = heard.size() + stream->available();
  const Saying slow = random_saying(generator, 0, 0, 40);
  const Saying fast = random_saying(generator, 1, 0, 2000);
  stream.say(slow);
  stream.say(fast);
  play(*stream, heard, 1000, 40);
  offline.say(slow, head);
  offline.say(fast, head);
  check_equal(heard, offline.frames());
  CHECK(stream->rollbacks() == 0);
}

void late() {
  section("a reader that never waits: what comes late is cross-faded, and in the end all is as offline");
  std::minstd_rand generator(8);
  for (const size_t look_ahead : {64UL, 200UL}) {
    SteeredStream stream(look_ahead);
    stream->reset(0);
  settle(*stream);
    SteeredRun offline(30000);
    std::vector<float> heard;
    float block[64];
    for (int round = 0; round < 500; ++round) {
      std::vector<Saying> sayings;
      if (generator() % 4 == 0) {
        for (size_t input = 0; input < 2; ++input) {
          const auto now = static_cast<int64_t>(heard.size() / steered_config().inputs[input].hop);
          sayings.push_back(random_saying(generator, input, now, 300));
          stream.say(sayings.back());
        }
      }
      const size_t n = stream->read(block, generator() % 64 + 1);
      heard.insert(heard.end(), block, block + n);
      for (const Saying& saying : sayings) offline.say(saying, heard.size());
      if (n == 0) std::this_thread::yield();
    }
    for (int i = 0; i < 4; ++i) play(*stream, heard, 64, 32);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const size_t from = heard.size() + 2 * stream->look_ahead_frames();
    play(*stream, heard, 3000, 32);
    check_equal(heard, offline.frames(), from);
    CHECK(stream->rollbacks() > 0);
  }
}

void resets() {
  section("a reset forgets all conditioning; what is said right after it is there from the first frame on");
  std::minstd_rand generator(9);
  SteeredStream stream(128);
  stream->reset(0);
  settle(*stream);
  for (uint32_t round = 1; round < 60; ++round) {
    std::vector<float> heard;
    play(*stream, heard, 120, 40);
    stream.say(random_saying(generator, round % 3, 0, 500));
    if (round % 2 == 0) play(*stream, heard, 40, 40);
    SteeredRun offline(300);
    stream.begin(round, [&] {
      if (round % 3 != 0) return;
      const Saying saying = random_saying(generator, 1, 0, 300);
      stream.say(saying);
      offline.say(saying, 0);
    });
    settle(*stream);
    heard.clear();
    play(*stream, heard, 300, 40);
    check_equal(heard, offline.frames(round));
  }
}

void overflow() {
  section("what finds no room is counted, waits and goes with a later read: nothing is lost");
  std::minstd_rand generator(10);
  SteeredStream stream(256);
  stream->reset(0);
  std::vector<float> heard;
  play(*stream, heard, 256, 64);
  settle(*stream);
  // From here on the thread takes nothing.
  stream.is_held = true;
  heard.resize(320);
  CHECK(stream->read(&heard[256], 64) == 64);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  SteeredRun offline(20000);
  float none = 0.0F;
  const StreamConditioning& conditioning = stream.conditioning();
  Saying saying = random_saying(generator, 1, 320, 60000);
  for (int i = 0; i < 20; ++i) {
    saying.rows[0] = static_cast<float>(i);
    stream.say(saying);
    CHECK(stream->read(&none, 0) == 0);
    offline.say(saying, 320);
  }
  CHECK(conditioning.overflows() > 10);
  stream.is_held = false;
  for (uint64_t before = 0; before != conditioning.overflows();) {
    before = conditioning.overflows();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(stream->read(&none, 0) == 0);
  }
  // What went with the last read waits for the version before it to be taken up.
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    settle(*stream);
    CHECK(stream->read(&none, 0) == 0);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  play(*stream, heard, 10000, 64);
  check_equal(heard, offline.frames());
}

void full_timeline() {
  section("a timeline against its definition, with rows that begin inside a frame, and full");
  std::minstd_rand generator(11);
  const InputConfig input{2, 8};
  ConditioningTimeline timeline;
  CHECK(timeline.init(input, 400, 64));
  constexpr size_t kSamples = 2000;
  std::vector<std::vector<float>> expected(kSamples);
  uint64_t earliest = 0;
  for (int round = 0; round < 300; ++round) {
    earliest += generator() % 9;
    const uint64_t written = earliest + generator() % 200;
    const uint64_t first = (earliest + 7) / 8 + generator() % 20 - std::min<uint64_t>(generator() % 20, earliest / 8);
    std::vector<float> rows;
    for (size_t i = 0; i < 2 * (1 + generator() % 60); ++i) rows.push_back(static_cast<float>(generator() % 2));
    const size_t num_frames = rows.size() / 2;
    uint64_t changed = ConditioningTimeline::kNever;
    for (uint64_t t = std::max(earliest, first * 8); t < kSamples; ++t) {
      const float* const row = &rows[2 * std::min<size_t>(static_cast<size_t>(t / 8 - first), num_frames - 1)];
      const std::vector<float> now(row, row + 2);
      if (expected[t] != now && t < written) changed = std::min(changed, t);
      expected[t] = now;
    }
    const SaidFrames said{0, 0, first, num_frames, 0, 0, rows.data(), 0};
    CHECK(timeline.set(said, earliest, written) == changed);
    for (uint64_t t = earliest; t < std::min<uint64_t>(kSamples, earliest + 300);) {
      const size_t count = timeline.alike(t, 1 + generator() % 64);
      const float* const lent = timeline.lend(t, count);
      for (size_t i = 0; i < count && t + i < kSamples; ++i) {
        CHECK((lent == nullptr) == expected[t + i].empty());
        if (!lent) continue;
        const float* const row = lent + ((t + i) / 8 - t / 8) * 2;
        CHECK(row[0] == expected[t + i][0] && row[1] == expected[t + i][1]);
      }
      t += count;
    }
    timeline.forget_before(earliest);
  }
  CHECK(!timeline.has_given_up());
  // More than fits: the newest rows are all there.
  std::vector<float> many(2 * 1000);
  for (size_t i = 0; i < many.size(); ++i) many[i] = static_cast<float>(i);
  timeline.set({0, 0, 1000, 1000, 0, 0, many.data(), 0}, 0, 0);
  for (size_t frame = 600; frame < 1000; ++frame) CHECK(timeline.lend((1000 + frame) * 8, 8)[0] == many[2 * frame]);
  CHECK(timeline.has_given_up());
  timeline.restart();
  CHECK(!timeline.has_given_up());
}

void full_history() {
  section("more rows than are kept of what was said: known until the stream begins anew");
  std::minstd_rand generator(12);
  constexpr size_t kLookAhead = 256;
  StreamConditioning conditioning(steered_config(), 1e5, kLookAhead);
  uint64_t num_said = 0;
  // Nothing is forgotten here, and each row begins inside a frame.
  for (uint64_t position = 1; !conditioning.has_given_up(); position += 2, ++num_said) {
    CHECK(position < 100000);
    const Saying saying = random_saying(generator, 0, static_cast<int64_t>(position / 64), 1);
    conditioning.say(0, saying.first_frame, saying.rows.data(), 1, position);
    CHECK(conditioning.publish(0, position, position));
    conditioning.take(position, position, position);
  }
  // All that a thread may go back to, in reads of 32 samples, and two seconds ahead.
  CHECK(num_said > 2 * kLookAhead / 32 + 200000 / 64);
  conditioning.restart();
  CHECK(!conditioning.has_given_up());
}

void without_memory() {
  section("without memory for its conditioning a stream is told so");
  Config config = steered_config();
  config.inputs[1].dim = size_t{1} << 50U;
  CHECK(!StreamConditioning(config, 1e5, 128).has_memory());
}

}  // namespace
}  // namespace sashimi::test

/// Null where there is no memory, as without the sanitizers.
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

int main() {
  using namespace sashimi::test;
  in_time();
  planned();
  without_rollback();
  late();
  resets();
  overflow();
  full_timeline();
  full_history();
  without_memory();
  std::puts("conditioning: ok");
}
