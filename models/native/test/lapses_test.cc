/// What a stream tells of its lapses is enough to say what was heard, to the bit, whatever its thread was held up by. Built with the
/// thread sanitizer too.
#include <map>
#include <random>

#include "history_source.h"
#include "listener.h"

namespace sashimi::test {
namespace {

constexpr size_t kFadeFrames = 20;

/// Now and then takes its time.
class UnsteadySource : public HistorySource {
 public:
  /// Held up at one of `one_in` steps, for some of `most_us`; 0 for never.
  UnsteadySource(uint32_t one_in, uint32_t most_us) : one_in_(one_in), most_us_(most_us) {}
  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    if (one_in_ > 0 && generator_() % one_in_ == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(generator_() % most_us_));
    }
    HistorySource::step(out, num_frames, sampling);
  }

 private:
  const uint32_t one_in_;
  const uint32_t most_us_;
  std::minstd_rand generator_{5};
};

struct Said {
  uint64_t read;
  uint64_t position;
  std::vector<std::pair<uint64_t, double>> points;  ///< Frame and temperature.
};

/// A stream is read as it comes, and heard again from what it told.
struct Retelling {
  std::vector<Said> said;
  std::vector<Lapse> lapses;
  uint64_t reads = 0;
  std::vector<float> heard;

  void gather(RunAhead& stream) {
    for (Lapse lapse; stream.take_lapse(lapse);) {
      CHECK(lapse.kind != LapseKind::lost);
      lapses.push_back(lapse);
    }
  }

  uint64_t delay_of(uint64_t read) const {
    uint64_t delay = 0;
    for (const Lapse& lapse : lapses) {
      if (lapse.kind == LapseKind::delay && lapse.read <= read) delay = lapse.frames;
    }
    return delay;
  }
  /// What a run gives that knows what was said before the end of the read `until`.
  std::vector<float> version(uint64_t until, size_t count, uint32_t seed, double first) const {
    std::map<uint64_t, double> timeline{{0, first}};
    for (const Said& batch : said) {
      if (batch.read >= until) break;
      for (const auto& [frame, temperature] : batch.points) {
        const uint64_t at = std::max(frame, batch.position + delay_of(batch.read));
        timeline.erase(timeline.lower_bound(at), timeline.end());
        timeline[at] = temperature;
      }
    }
    OfflineRun run(first);
    for (const auto& [frame, temperature] : timeline) run.change(frame, temperature);
    return run.frames(count, seed);
  }

  void check(uint32_t seed, double first) const {
    std::vector<Lapse> lates;
    for (const Lapse& lapse : lapses) {
      if (lapse.kind == LapseKind::late) lates.push_back(lapse);
    }
    // What was never made good.
    const auto is_overdue = [](const Lapse& lapse) { return lapse.kind == LapseKind::overdue; };
    const auto last = std::find_if(lapses.rbegin(), lapses.rend(), is_overdue);
    if (last != lapses.rend() && (lates.empty() || last->frame > lates.back().frame)) lates.push_back(*last);
    const size_t count = heard.size() + kFadeFrames;
    std::vector<float> tail(kFadeFrames);
    size_t fade_at = kFadeFrames;
    uint64_t at = 0;
    for (size_t k = 0; k <= lates.size(); ++k) {
      const uint64_t until = k < lates.size() ? lates[k].read : ~uint64_t{0};
      const std::vector<float> frames = version(until, count, seed, first);
      const auto faded = [&](size_t offset, float sample) {
        const size_t fade = fade_at + offset;
        if (fade >= kFadeFrames) return sample;
        const float share = static_cast<float>(fade + 1) / static_cast<float>(kFadeFrames + 1);
        return tail[fade] + (sample - tail[fade]) * share;
      };
      const uint64_t end = k < lates.size() ? lates[k].frame : heard.size();
      CHECK(end >= at);
      const uint64_t from = at;
      for (; at < end; ++at) CHECK(heard[at] == faded(at - from, frames[at]));
      fade_at = std::min(kFadeFrames, fade_at + (end - from));
      if (k == lates.size()) break;
      float sample = at > 0 ? heard[at - 1] : 0.0F;
      std::vector<float> next(kFadeFrames);
      for (size_t i = 0; i < kFadeFrames; ++i) {
        if (i < lates[k].frames) sample = frames[at + i];
        next[i] = faded(i, sample);
      }
      if (lates[k].kind == LapseKind::overdue) continue;
      tail = next;
      fade_at = 0;
    }
  }
};

struct Shape {
  size_t look_ahead;
  size_t fixed;
  double min_speed;
  uint32_t one_in;   ///< See UnsteadySource.
  uint32_t most_us;
};

void retold(const Shape& shape, uint32_t seed) {
  RunAheadOptions options = history_options(shape.look_ahead);
  options.fixed_look_ahead_frames = shape.fixed;
  options.min_speed = shape.min_speed;
  options.realtime = false;
  RunAhead stream(std::make_unique<UnsteadySource>(shape.one_in, shape.most_us), options);
  std::minstd_rand generator(seed);
  double last = 1.0;
  for (uint32_t generation = 1; generation <= 3; ++generation) {
    Retelling told;
    const double first = last;
    stream.reset(generation);
    while (stream.available() == 0) std::this_thread::yield();
    while (told.heard.size() < 6000) {
      Said batch{told.reads + 1, 0, {}};
      for (uint32_t points = generator() % 4; points > 2; ++points) {
        last = static_cast<double>(generator() % 1000);
        const bool is_plan = generator() % 2 == 0;
        const uint64_t frame = is_plan ? stream.position() + generator() % (2 * shape.look_ahead) : 0;
        is_plan ? stream.plan_sampling(frame, sampling_of(last)) : stream.set_sampling(sampling_of(last));
        batch.points.push_back({frame, last});
        if (generator() % 3 != 0) break;
      }
      float block[64];
      const size_t n = stream.read(block, generator() % 64 + 1);
      ++told.reads;
      told.heard.insert(told.heard.end(), block, block + n);
      batch.position = stream.position();
      if (!batch.points.empty()) told.said.push_back(batch);
      told.gather(stream);
      if (generator() % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(generator() % 400));
    }
    CHECK(told.heard.size() == stream.position());
    told.check(generation, first);
  }
  std::printf("    %zu frames ahead: %llu rollbacks, %llu late, %llu dry\n", shape.look_ahead,
              static_cast<unsigned long long>(stream.rollbacks()), static_cast<unsigned long long>(stream.late_rollbacks()),
              static_cast<unsigned long long>(stream.xruns().total()));
}

void untaken() {
  section("lapses that nobody takes are given up, and that is told");
  LapseLog log;
  for (uint64_t i = 0; i < 1000; ++i) log.add({LapseKind::dry, i, 0, 0});
  Lapse lapse;
  CHECK(log.take(lapse));
  CHECK(lapse.kind == LapseKind::lost);
  CHECK(log.take(lapse));
  CHECK(lapse.kind == LapseKind::dry);
  uint64_t last = lapse.read;
  for (; log.take(lapse); ++last) CHECK(lapse.read == last + 1);
  CHECK(last == 999);
  for (uint64_t i = 0; i < 1000; ++i) log.tell(3, {LapseKind::delay, 100 + i, 0, 7});
  log.gather(3, 100);
  CHECK(log.take(lapse));
  CHECK(lapse.kind == LapseKind::lost);
  CHECK(log.take(lapse));
  CHECK(lapse.kind == LapseKind::delay);
  CHECK(lapse.read == 0);
  log.clear();
  log.tell(3, {LapseKind::delay, 100, 0, 7});
  log.gather(4, 100);
  CHECK(!log.take(lapse));
}

void full_timeline() {
  section("more values than are kept: told, once for each stream");
  constexpr size_t kLookAhead = 4 * ControlTimeline::kCapacity;
  RunAheadOptions options = history_options(kLookAhead);
  options.realtime = false;
  RunAhead stream(std::make_unique<HistorySource>(), options);
  for (uint32_t generation = 1; generation <= 2; ++generation) {
    stream.reset(generation);
    settle(stream);
    int times_told = 0;
    const auto plan_and_read = [&](size_t num_values) {
      for (size_t i = 0; i < num_values; ++i) {
        stream.plan_sampling(stream.position() + 1 + 2 * i, sampling_of(static_cast<double>(i + 1)));
      }
      float frame = 0.0F;
      CHECK(stream.read(&frame, 1) == 1);
      settle(stream);
      for (Lapse lapse; stream.take_lapse(lapse);) times_told += lapse.kind == LapseKind::lost ? 1 : 0;
    };
    plan_and_read(ControlTimeline::kCapacity / 2);
    CHECK(times_told == 0);
    // More at once, or before these are taken, would find no room on their way, which is told, too.
    for (int times = 0; times < 2; ++times) {
      const uint64_t rollbacks = stream.rollbacks();
      plan_and_read(ControlTimeline::kCapacity + 1);
      wait_until([&] {
        plan_and_read(0);
        return stream.rollbacks() > rollbacks && times_told > 0;
      });
    }
    CHECK(times_told == 1);
  }
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi::test;
  section("what was heard follows from what was said and the lapses, to the bit");
  for (uint32_t seed = 1; seed <= 3; ++seed) {
    retold({256, 64, 0.0, 0, 0}, seed);
    retold({256, 64, 0.0, 9, 900}, seed);
    retold({128, 128, 0.0, 5, 2000}, seed);
    retold({512, 128, 1e12, 9, 900}, seed);
    // Near the bound, it goes to and fro between going back and not.
    retold({512, 128, 1.5, 9, 4000}, seed);
    retold({512, 128, 20.0, 40, 900}, seed);
  }
  untaken();
  full_timeline();
  std::puts("lapses: ok");
}
