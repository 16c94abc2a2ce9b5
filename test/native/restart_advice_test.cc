#include "sampler/restart_advice.h"

#include <gtest/gtest.h>

#include "sampler/backoff.h"

namespace gpu_health {
namespace {

using namespace std::chrono_literals;

Snapshot snapshotWith(nvml::Return code) {
  Snapshot snapshot{};
  if (code != nvml::kSuccess) snapshot.powerMilliwatts = Absent{code};
  return snapshot;
}

TEST(RestartAdvice, BelievesACodeAboutTheDriverAtOnce) {
  for (const nvml::Return code : {nvml::kUninitialized, nvml::kDriverNotLoaded, nvml::kLibraryVersionMismatch}) {
    RestartAdvice advice;
    advice.note(snapshotWith(code));
    ASSERT_TRUE(advice.need());
    EXPECT_EQ(advice.need()->scope, RestartNeed::Scope::kDriver);
    EXPECT_EQ(advice.need()->code, code);
  }
}

TEST(RestartAdvice, BelievesACodeAboutTheGpuWhenItStays) {
  for (const nvml::Return code : {nvml::kGpuIsLost, nvml::kGpuNotFound, nvml::kUnknown}) {
    RestartAdvice advice;
    for (int sample = 1; sample < RestartAdvice::kSamplesInARow; ++sample) {
      advice.note(snapshotWith(code));
      EXPECT_FALSE(advice.need()) << sample;
    }
    advice.note(code);
    ASSERT_TRUE(advice.need());
    EXPECT_EQ(advice.need()->scope, RestartNeed::Scope::kGpu);
    EXPECT_EQ(advice.need()->code, code);
    advice.note(snapshotWith(nvml::kSuccess));
    EXPECT_FALSE(advice.need());
    advice.note(code);
    EXPECT_FALSE(advice.need()) << "the row begins anew";
  }
}

TEST(RestartAdvice, TakesOtherCodesForWhatTheyAre) {
  RestartAdvice advice;
  for (int sample = 0; sample < 10; ++sample) advice.note(snapshotWith(nvml::kNotSupported));
  for (int sample = 0; sample < 10; ++sample) advice.note(snapshotWith(16));
  EXPECT_FALSE(advice.need());
}

TEST(RestartAdvice, ForgetsWhenNvmlWasInitialised) {
  RestartAdvice advice;
  advice.note(nvml::kUninitialized);
  advice.forget();
  EXPECT_FALSE(advice.need());
}

TEST(Backoff, WaitsTwiceAsLongEachTimeUpToItsMaximum) {
  Backoff backoff(1s, 3s);
  TimePoint now = TimePoint(100s);
  EXPECT_TRUE(backoff.isOver(now));
  for (const auto wait : {1s, 2s, 3s, 3s}) {
    backoff.noteAttempt(now);
    EXPECT_FALSE(backoff.isOver(now + wait - 1ms));
    now += wait;
    EXPECT_TRUE(backoff.isOver(now));
  }
  now += 6s;
  backoff.noteAttempt(now);
  EXPECT_TRUE(backoff.isOver(now + 1s)) << "quiet for long, it starts afresh";
}

}  // namespace
}  // namespace gpu_health
