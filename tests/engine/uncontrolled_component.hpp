// A counter that is compiled without -fsanitize=thread, so that Heddle cannot see what it does.
#pragma once

#include <atomic>

namespace uncontrolled {

class counter {
 public:
  int add();

 private:
  std::atomic<int> count_{0};
};

}  // namespace uncontrolled
