#include <stdexcept>
#include <utility>

#include <heddle/generators/environment.hpp>

namespace heddle {
namespace {

crash_handler installed = nullptr;

}  // namespace

void crash_this_process() {
  if (installed != nullptr) installed();
  throw std::logic_error("heddle: crash_this_process() was called outside a run");
}

crash_handler set_crash_handler(crash_handler handler) {
  return std::exchange(installed, handler);
}

}  // namespace heddle
