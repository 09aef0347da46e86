// Bytes as schedules: libFuzzer finds the interleaving that loses an update.
#include <atomic>
#include <span>
#include <vector>

#include <catch2/catch.hpp>

#include <heddle/fuzz/driver.hpp>
#include <heddle/runtime/runtime.hpp>

using namespace heddle;

namespace {

class bytes : public runtime::chooser {
 public:
  explicit bytes(std::span<const std::uint8_t> input) : rest_(input) {}
  runtime::thread_id choose_thread(const runtime::choice_point& point) override {
    return point.enabled[next() % point.enabled.size()];
  }
  std::uint32_t choose_alternative(std::uint32_t count) override { return next() % count; }

 private:
  std::uint8_t next() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  std::span<const std::uint8_t> rest_;
};

struct counter {
  std::atomic<int> value = 0;
  void increment() { value.store(value.load() + 1); }
};

// The rarest end of three threads that increment twice each: all but two updates are lost.
std::vector<std::uint8_t> losing_input;

bool loses_four_updates(std::span<const std::uint8_t> input) {
  bytes decide(input);
  counter subject;
  const auto client = [](void* c) {
    for (int i = 0; i < 2; ++i) {
      const runtime::control_scope component(true);
      static_cast<counter*>(c)->increment();
    }
  };
  runtime::run(decide, {}, [&] {
    runtime::thread_id threads[3];
    for (auto& thread : threads) thread = runtime::spawn(client, &subject);
    for (const auto thread : threads) runtime::join(thread);
  });
  if (subject.value != 2) return false;
  losing_input.assign(input.begin(), input.end());
  return true;
}

}  // namespace

TEST_CASE("coverage-guided bytes find a schedule that loses four of six updates") {
  REQUIRE(fuzz::can_drive());
  REQUIRE(fuzz::drive(loses_four_updates, 200'000, 1));
  CHECK(loses_four_updates(losing_input));
}
