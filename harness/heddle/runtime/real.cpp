#include <cstring>

#include <dlfcn.h>
#include <unistd.h>

#include <heddle/runtime/real.hpp>

namespace heddle::runtime {

void* find_real(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found != nullptr) return found;
  // Only plain system calls here: whatever else might itself be hooked.
  static constexpr char text[] = "heddle: the C library lacks ";
  [[maybe_unused]] auto a = ::write(2, text, sizeof text - 1);
  [[maybe_unused]] auto b = ::write(2, name, std::strlen(name));
  [[maybe_unused]] auto c = ::write(2, "\n", 1);
  _exit(3);
}

}  // namespace heddle::runtime
