// libatomic's functions for objects of any size: what compilers call for std::atomic of types that have no
// instruction, and clang for those of 16 bytes. Under control each is one scheduling point; outside, as in
// libatomic, a lock makes it indivisible.
#include <cstring>

#include <heddle/runtime/hook.hpp>
#include <heddle/runtime/hook_atomic.hpp>

namespace heddle::runtime {
namespace {

// One for all: outside a schedule nothing here is hot.
bool locked = false;

class real_lock {
 public:
  real_lock() {
    while (__atomic_test_and_set(&locked, __ATOMIC_ACQUIRE)) {
    }
  }
  ~real_lock() { __atomic_clear(&locked, __ATOMIC_RELEASE); }
  real_lock(const real_lock&) = delete;
  real_lock& operator=(const real_lock&) = delete;
};

// The access, its order and where it comes from.
struct operation {
  std::size_t size;
  volatile void* object;
  int order;
  const void* pc;
};

void reach(const operation& o, action kind) {
  constexpr std::size_t size_max = 255;
  point(kind, o.object, o.pc, static_cast<std::uint8_t>(o.size < size_max ? o.size : size_max),
        static_cast<std::uint8_t>(o.order));
}

std::uint64_t first_bytes(const volatile void* at, std::size_t size) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, const_cast<const void*>(at), size < sizeof bits ? size : sizeof bits);
  return bits;
}

void load(const operation& o, void* to) {
  reach(o, action::load);
  edges_of_load(o.object, o.order);
  remember_atomic(o.object, o.size, access::atomic_read, o.pc);
  if (event* e = traced()) e->before = first_bytes(o.object, o.size);
  std::memcpy(to, const_cast<void*>(o.object), o.size);
}

void store(const operation& o, const void* from) {
  reach(o, action::store);
  remember_atomic(o.object, o.size, access::atomic_write, o.pc);
  if (event* e = traced()) e->before = first_bytes(o.object, o.size), e->after = first_bytes(from, o.size);
  edges_of_store(o.object, o.order, false);
  std::memcpy(const_cast<void*>(o.object), from, o.size);
  note_write();
}

void exchange(const operation& o, const void* from, void* to) {
  reach(o, action::read_modify_write);
  edges_of_load(o.object, o.order);
  remember_atomic(o.object, o.size, access::atomic_write, o.pc);
  edges_of_store(o.object, o.order, true);
  if (event* e = traced()) e->before = first_bytes(o.object, o.size), e->after = first_bytes(from, o.size);
  std::memcpy(to, const_cast<void*>(o.object), o.size);
  std::memcpy(const_cast<void*>(o.object), from, o.size);
  note_write();
}

bool compare_exchange(const operation& o, void* expected, const void* desired, int failure_order) {
  reach(o, action::compare_exchange);
  void* object = const_cast<void*>(o.object);
  const bool equal = std::memcmp(object, expected, o.size) == 0;
  edges_of_load(object, equal ? o.order : failure_order);
  remember_atomic(object, o.size, equal ? access::atomic_write : access::atomic_read, o.pc);
  if (event* e = traced()) {
    e->before = first_bytes(object, o.size);
    e->after = first_bytes(desired, o.size);
    e->succeeded = equal;
  }
  std::memcpy(equal ? object : expected, equal ? desired : object, o.size);
  if (!equal) return false;
  edges_of_store(object, o.order, true);
  note_write();
  return true;
}

}  // namespace
}  // namespace heddle::runtime

using namespace heddle::runtime;

// The asm names keep the compiler from mistaking the definitions for its builtins.
#define HEDDLE_LIBATOMIC(name) asm("__atomic_" #name) __attribute__((visibility("default"), noinline))
extern "C" {
void heddle_atomic_load(std::size_t size, volatile void* object, void* to, int order) HEDDLE_LIBATOMIC(load);
void heddle_atomic_store(std::size_t size, volatile void* object, const void* from, int order)
    HEDDLE_LIBATOMIC(store);
void heddle_atomic_exchange(std::size_t size, volatile void* object, const void* from, void* to, int order)
    HEDDLE_LIBATOMIC(exchange);
bool heddle_atomic_compare_exchange(std::size_t size, volatile void* object, void* expected,
                                    const void* desired, int success, int failure)
    HEDDLE_LIBATOMIC(compare_exchange);
}

void heddle_atomic_load(std::size_t size, volatile void* object, void* to, int order) {
  if (controlled) return load({size, object, order, HEDDLE_CALLER}, to);
  const real_lock alone;
  std::memcpy(to, const_cast<void*>(object), size);
}
void heddle_atomic_store(std::size_t size, volatile void* object, const void* from, int order) {
  if (controlled) return store({size, object, order, HEDDLE_CALLER}, from);
  const real_lock alone;
  std::memcpy(const_cast<void*>(object), from, size);
}
void heddle_atomic_exchange(std::size_t size, volatile void* object, const void* from, void* to, int order) {
  if (controlled) return exchange({size, object, order, HEDDLE_CALLER}, from, to);
  const real_lock alone;
  std::memcpy(to, const_cast<void*>(object), size);
  std::memcpy(const_cast<void*>(object), from, size);
}
bool heddle_atomic_compare_exchange(std::size_t size, volatile void* object, void* expected,
                                    const void* desired, int success, int failure) {
  if (controlled) return compare_exchange({size, object, success, HEDDLE_CALLER}, expected, desired, failure);
  const real_lock alone;
  const bool equal = std::memcmp(const_cast<void*>(object), expected, size) == 0;
  std::memcpy(equal ? const_cast<void*>(object) : expected, equal ? desired : const_cast<void*>(object),
              size);
  return equal;
}
