// Two threads increment a plain integer, one after the other, ordered only by what the harness does out of
// control. ThreadSanitizer must report the race: ctest expects its words.
#include <atomic>
#include <mutex>

#include <heddle/runtime/runtime.hpp>

using namespace heddle;

namespace {

class nobody : public runtime::chooser {
 public:
  runtime::thread_id choose_thread(const runtime::choice_point& point) override {
    return point.enabled.front();
  }
  std::uint32_t choose_alternative(std::uint32_t) override { return 0; }
};

struct counter {
  int value = 0;
  void increment() {
    const runtime::control_scope component(true);
    ++value;
  }
};

struct harness {
  counter subject;
  std::mutex history_guard;
  std::atomic<bool> first_is_done = false;

  void record_event() { const std::lock_guard lock(history_guard); }
};

void first_client(void* h) {
  auto& shared = *static_cast<harness*>(h);
  shared.subject.increment();
  shared.record_event();
  shared.first_is_done = true;
}

void second_client(void* h) {
  auto& shared = *static_cast<harness*>(h);
  while (!shared.first_is_done) runtime::boundary();
  shared.record_event();
  shared.subject.increment();
}

}  // namespace

int main() {
  nobody decide;
  for (int i = 0; i < 10; ++i)
    runtime::run(decide, {}, [] {
      harness shared;
      const auto first = runtime::spawn(first_client, &shared);
      const auto second = runtime::spawn(second_client, &shared);
      runtime::join(first);
      runtime::join(second);
    });
}
