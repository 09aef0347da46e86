// The compiler's ThreadSanitizer hooks for plain memory accesses: they feed the race detector, and are
// scheduling points where the settings say so.
#include <cstring>

#include <heddle/runtime/hook.hpp>

namespace {

using heddle::runtime::controlled;

inline void access(const volatile void* address, std::size_t size, bool write, const void* pc) {
  if (!controlled) [[likely]]
    return;
  heddle::runtime::plain_access(reinterpret_cast<std::uintptr_t>(address), size, write, pc);
}

}  // namespace

HEDDLE_HOOK void __tsan_init() {}
HEDDLE_HOOK void __tsan_func_entry(void*) {
  if (controlled) heddle::runtime::current->entered = HEDDLE_CALLER;
}
HEDDLE_HOOK void __tsan_func_exit() {}
HEDDLE_HOOK void __tsan_ignore_thread_begin() {}
HEDDLE_HOOK void __tsan_ignore_thread_end() {}

// One line per kind of access that the compilers emit, for each size.
#define HEDDLE_ACCESS(name, size, write)                \
  HEDDLE_HOOK void __tsan_##name##size(void* address) { \
    access(address, size, write, HEDDLE_CALLER);        \
  }
#define HEDDLE_ACCESSES(size)                         \
  HEDDLE_ACCESS(read, size, false)                    \
  HEDDLE_ACCESS(write, size, true)                    \
  HEDDLE_ACCESS(read_write, size, true)               \
  HEDDLE_ACCESS(unaligned_read, size, false)          \
  HEDDLE_ACCESS(unaligned_write, size, true)          \
  HEDDLE_ACCESS(unaligned_read_write, size, true)     \
  HEDDLE_ACCESS(volatile_read, size, false)           \
  HEDDLE_ACCESS(volatile_write, size, true)           \
  HEDDLE_ACCESS(unaligned_volatile_read, size, false) \
  HEDDLE_ACCESS(unaligned_volatile_write, size, true)
HEDDLE_ACCESSES(1)
HEDDLE_ACCESSES(2)
HEDDLE_ACCESSES(4)
HEDDLE_ACCESSES(8)
HEDDLE_ACCESSES(16)
#undef HEDDLE_ACCESSES
#undef HEDDLE_ACCESS

HEDDLE_HOOK void __tsan_read_range(void* address, unsigned long size) {
  access(address, size, false, HEDDLE_CALLER);
}
HEDDLE_HOOK void __tsan_write_range(void* address, unsigned long size) {
  access(address, size, true, HEDDLE_CALLER);
}
HEDDLE_HOOK void __tsan_vptr_read(void** address) {
  access(address, sizeof *address, false, HEDDLE_CALLER);
}
HEDDLE_HOOK void __tsan_vptr_update(void** address, void* value) {
  // A constructor chain stores the same pointer again: that is no write that anybody could see.
  if (*address != value) access(address, sizeof *address, true, HEDDLE_CALLER);
}

HEDDLE_HOOK void* __tsan_memcpy(void* to, const void* from, unsigned long size) {
  access(from, size, false, HEDDLE_CALLER);
  access(to, size, true, HEDDLE_CALLER);
  return std::memcpy(to, from, size);
}
HEDDLE_HOOK void* __tsan_memmove(void* to, const void* from, unsigned long size) {
  access(from, size, false, HEDDLE_CALLER);
  access(to, size, true, HEDDLE_CALLER);
  return std::memmove(to, from, size);
}
HEDDLE_HOOK void* __tsan_memset(void* to, int byte, unsigned long size) {
  access(to, size, true, HEDDLE_CALLER);
  return std::memset(to, byte, size);
}
