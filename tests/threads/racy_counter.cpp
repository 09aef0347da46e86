// Two threads increment a plain integer through the door. ThreadSanitizer must report it: ctest expects its
// words.
#include <heddle/runtime/runtime.hpp>

namespace {

class nobody : public heddle::runtime::chooser {
 public:
  heddle::runtime::thread_id choose_thread(const heddle::runtime::choice_point& point) override {
    return point.enabled.front();
  }
  std::uint32_t choose_alternative(std::uint32_t) override { return 0; }
};

}  // namespace

int main() {
  nobody decide;
  heddle::runtime::run(decide, {}, [] {
    int counter = 0;
    const auto increment = [](void* c) {
      for (int i = 0; i < 1000; ++i) {
        heddle::runtime::boundary();
        const heddle::runtime::control_scope component(true);
        ++*static_cast<int*>(c);
      }
    };
    const auto first = heddle::runtime::spawn(increment, &counter);
    const auto second = heddle::runtime::spawn(increment, &counter);
    heddle::runtime::join(first);
    heddle::runtime::join(second);
  });
}
