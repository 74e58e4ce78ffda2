/// Kept, recalled, mixed and repeated states, stepped ahead and rolled back: what is heard is what an offline run gives.
#include <cstdio>
#include <thread>
#include <vector>

#include "../stream/run_ahead.h"
#include "check.h"
#include "exchanged_source.h"
#include "listener.h"

namespace sashimi::test {
namespace {

/// Says each command before the sample `frame`.
struct Timed {
  uint64_t frame;
  StateCommand command;
};

std::vector<float> offline(const std::vector<Timed>& commands, const std::vector<double>& temperatures, size_t block,
                           size_t num_frames) {
  Exchange exchange(0);
  std::vector<float> out(num_frames);
  size_t next = 0;
  for (size_t t = 0; t < num_frames; ++t) {
    for (; next < commands.size() && commands[next].frame <= t; ++next) {
      CHECK(exchange.states.say(commands[next].command));
      exchange.states.publish(0, commands[next].frame, next);
      uint64_t changed = StreamStates::kNever;
      CHECK(exchange.states.take(next, 0, t, changed));
    }
    exchange.source->step(&out[t], 1, sampling_of(temperatures[t / block]));
    exchange.states.forget_before(t);
  }
  return out;
}

void in_time(size_t look_ahead, size_t block, uint32_t every) {
  constexpr size_t kBlocks = 400;
  const size_t num_frames = kBlocks * block;
  Exchange exchange(look_ahead);
  RunAheadOptions options = history_options(look_ahead);
  options.states = &exchange.states;
  RunAhead stream(std::move(exchange.source), options);
  std::vector<Timed> commands;
  std::vector<double> temperatures(kBlocks + 1, 1.0);
  std::vector<float> heard(num_frames);
  uint32_t said = 0;
  for (size_t i = 0; i < kBlocks; ++i) {
    settle(stream);
    const auto number = static_cast<uint32_t>(i);
    const uint64_t end = (i + 1) * block;
    if (number % every == 0) {
      for (uint32_t k = 0; k < 1 + number % 3; ++k) {
        commands.push_back({end, command_of(said++)});
        CHECK(stream.command_state(commands.back().command));
      }
    }
    // Control that makes it step again over commands which were done already.
    temperatures[i + 1] = number % 7 == 0 ? 1.0 + 0.01 * number : temperatures[i];
    stream.set_sampling(sampling_of(temperatures[i + 1]));
    CHECK(stream.read(&heard[i * block], block) == block);
  }
  const std::vector<float> expected = offline(commands, temperatures, block, num_frames);
  for (size_t t = 0; t < num_frames; ++t) CHECK(heard[t] == expected[t]);
  CHECK(stream.rollbacks() > 20);
  CHECK(stream.late_rollbacks() == 0);
}

void block_sizes() {
  section("an offline run does not depend on how many frames are stepped at once");
  const std::vector<double> steady(1, 1.0);
  std::vector<Timed> commands;
  for (uint32_t i = 0; i < 60; ++i) commands.push_back({37 * i, command_of(i)});
  const std::vector<float> expected = offline(commands, steady, 3000, 3000);
  Exchange exchange(0);
  std::vector<float> out(3000);
  for (const Timed& timed : commands) {
    CHECK(exchange.states.say(timed.command));
    exchange.states.publish(0, timed.frame, 1);
  }
  uint64_t changed = StreamStates::kNever;
  CHECK(exchange.states.take(1, 0, 0, changed));
  exchange.source->step(out.data(), out.size(), sampling_of(1.0));
  for (size_t t = 0; t < out.size(); ++t) CHECK(out[t] == expected[t]);
}

/// A stream that keeps states and goes back, with `look_ahead`.
struct Kept {
  explicit Kept(size_t look_ahead) : exchange(look_ahead), stream(std::move(exchange.source), options(look_ahead)) {}
  RunAheadOptions options(size_t look_ahead) {
    RunAheadOptions of = history_options(look_ahead);
    of.states = &exchange.states;
    return of;
  }
  Exchange exchange;
  RunAhead stream;
};

void kept_states() {
  section("a kept state can be copied when it is heard, filled states at once, and both outlast a reset");
  Kept kept(128);
  StreamStates& states = kept.exchange.states;
  RunAhead& stream = kept.stream;
  StateCommand keep;
  keep.kind = StateCommandKind::keep;
  keep.a = 2;
  CHECK(stream.command_state(keep));
  float block[32];
  int reads = 0;
  while (!states.is_kept(2, stream.position())) {
    settle(stream);
    stream.read(block, 32);
    CHECK(++reads < 100);
  }
  std::vector<unsigned char> bytes(states.state_bytes());
  states.copy(2, bytes.data());
  CHECK(!states.is_kept(3, stream.position()));
  states.fill(3, bytes.data());
  CHECK(states.is_kept(3, 0));
  CHECK(!states.is_kept(4, 1U << 30) && !states.is_kept(24, 0));
  stream.reset(9);
  settle(stream);
  while (stream.read(block, 32) == 0) std::this_thread::yield();
  CHECK(states.is_kept(2, 0) && states.is_kept(3, 0));
  CHECK(!stream.command_state({StateCommandKind::keep, 24}));
}

void given_up_states() {
  section("a reset gives up what was kept so lately that it might be kept anew, and what was still to be kept");
  Kept kept(128);
  StreamStates& states = kept.exchange.states;
  RunAhead& stream = kept.stream;
  float block[32];
  const auto keep = [&](uint32_t slot) {
    StateCommand command;
    command.kind = StateCommandKind::keep;
    command.a = slot;
    CHECK(stream.command_state(command));
    settle(stream);
    CHECK(stream.read(block, 32) == 32);
  };
  keep(2);
  while (!states.is_kept(2, stream.position())) {
    settle(stream);
    stream.read(block, 32);
  }
  keep(5);
  settle(stream);
  stream.read(block, 32);
  CHECK(states.has_state(5));
  keep(6);
  // The second comes before anything of the first is read: it asks for nothing that the thread may not have seen yet.
  stream.reset(8);
  stream.reset(9);
  while (stream.read(block, 32) == 0) std::this_thread::yield();
  CHECK(states.is_kept(2, 0));
  CHECK(!states.has_state(5) && !states.has_state(6));
}

void flood() {
  section("more commands than can be kept: those are refused, the stream goes on");
  Kept kept(256);
  RunAhead& stream = kept.stream;
  float block[32];
  size_t refused = 0;
  for (uint32_t round = 0; round < 500; ++round) {
    for (uint32_t k = 0; k < 40; ++k) refused += stream.command_state(command_of(k + round)) ? 0 : 1;
    stream.read(block, 32);
    if (round % 97 == 0) stream.reset(round);
    if (round % 10 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  CHECK(refused > 0);
  settle(stream);
  CHECK(stream.read(block, 32) == 32);
}

/// As many as there may be with each read, and the thread has all the time it wants.
void full_log() {
  section("more commands within reach of going back than can be kept: the rest waits, the stream goes on");
  Kept kept(256);
  RunAhead& stream = kept.stream;
  float block[32];
  size_t done = 0;
  for (uint32_t round = 0; round < 60; ++round) {
    settle(stream);
    for (uint32_t k = 0; k < 64; ++k) done += stream.command_state(command_of(k + round)) ? 1 : 0;
    CHECK(stream.read(block, 32) == 32);
  }
  CHECK(done > 256 && done < 60 * 64);
  for (int i = 0; i < 100; ++i) {
    settle(stream);
    CHECK(stream.read(block, 32) == 32);
  }
  for (uint32_t k = 0; k < 64; ++k) CHECK(stream.command_state(command_of(k)));
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi::test;
  section("live with rollback: the samples of an offline run with the same commands");
  in_time(128, 48, 3);
  in_time(512, 40, 2);
  in_time(2048, 64, 5);
  block_sizes();
  kept_states();
  given_up_states();
  flood();
  full_log();
  std::puts("states: ok");
}
