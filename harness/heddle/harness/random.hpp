// Heddle's own random numbers, version 1: the same on every machine, for ever. Changing a constant changes
// every seed's schedules, so it would need a new version number in case files.
//
// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): integers only.
#pragma once

#include <cstdint>

namespace heddle::harness {

class random_stream {
 public:
  explicit random_stream(std::uint64_t seed = 0) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
  }

  /// Uniform in [0, count) up to 2⁻³² of bias. Precondition: count > 0.
  std::uint32_t below(std::uint32_t count) {
    return static_cast<std::uint32_t>((next() >> 32) * count >> 32);
  }

 private:
  std::uint64_t state_;
};

/// The seed of the `index`-th of many streams derived from one seed.
inline std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t index) {
  return random_stream(seed ^ (index + 1) * 0xD1B54A32D192ED03ull).next();
}

}  // namespace heddle::harness
