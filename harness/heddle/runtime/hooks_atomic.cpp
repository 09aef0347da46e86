// The compiler's ThreadSanitizer hooks for atomic operations: each is a scheduling point, performed
// sequentially consistently, with the happens-before edges that its memory order promises (C++20
// [atomics.order]) and no more.
//
// Deviation: a load always sees the newest store, as under sequential consistency; the weaker orders matter
// to the race detector only. Release sequences are followed through read-modify-writes.
#include <cstring>

#include <heddle/runtime/hook.hpp>
#include <heddle/runtime/hook_atomic.hpp>

namespace heddle::runtime {
namespace {

bool acquires(int order) {
  return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order == __ATOMIC_ACQ_REL ||
         order == __ATOMIC_SEQ_CST;
}
bool releases(int order) {
  return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

}  // namespace

void edges_of_load(const volatile void* address, int order) {
  const sync_object* object = find_sync(address);
  if (object == nullptr) return;
  if (acquires(order))
    acquire(object->released);
  else
    current->acquired_by_relaxed_loads.join(object->released);
}

void edges_of_store(const volatile void* address, int order, bool continues) {
  if (releases(order)) {
    sync_object& object = sync_at(address);
    if (!continues) object.released.clear();
    release(object.released);
  } else if (current->has_release_fence) {
    sync_object& object = sync_at(address);
    if (!continues) object.released.clear();
    object.released.join(current->release_fence);
  } else if (!continues) {
    if (sync_object* object = find_sync(address)) object->released.clear();
  }
}

void remember_atomic(const volatile void* address, std::size_t size, access kind, const void* pc) {
  if (!settings().detect_races) return;
  if (!record_access(reinterpret_cast<std::uintptr_t>(address), size, kind, current->id, current->clock, pc))
    fail(ending::use_after_free, "atomic access", pc);
}

namespace {

template <class T>
std::uint64_t bits(T value) {
  return static_cast<std::uint64_t>(value);  // the low half of 128 bits
}

// --- Outside a schedule: the processor's own operations

template <class T>
T real_compare_exchange(volatile T* address, T expected, T desired) {
  return __sync_val_compare_and_swap(address, expected, desired);  // for 16 bytes too, without libatomic
}

template <class T>
T real_load(const volatile T* address) {
  if constexpr (sizeof(T) == 16) {
    return real_compare_exchange(const_cast<volatile T*>(address), T{0}, T{0});
  } else {
    return __atomic_load_n(address, __ATOMIC_SEQ_CST);
  }
}

template <class T, class Change>
T real_modify(volatile T* address, Change change) {
  for (T found = real_load(address);;) {
    const T seen = real_compare_exchange(address, found, change(found));
    if (seen == found) return found;
    found = seen;
  }
}

// --- Under control

template <class T>
T load(const volatile T* address, int order, const void* pc) {
  if (!controlled) return real_load(address);
  point(action::load, address, pc, sizeof(T), static_cast<std::uint8_t>(order));
  edges_of_load(address, order);
  remember_atomic(address, sizeof(T), access::atomic_read, pc);
  const T value = *address;
  if (event* e = traced()) e->before = bits(value);
  return value;
}

template <class T>
void store(volatile T* address, T value, int order, const void* pc) {
  if (!controlled) {
    real_modify(address, [value](T) { return value; });
    return;
  }
  point(action::store, address, pc, sizeof(T), static_cast<std::uint8_t>(order));
  remember_atomic(address, sizeof(T), access::atomic_write, pc);
  if (event* e = traced()) e->before = bits(*address), e->after = bits(value);
  edges_of_store(address, order, false);
  *address = value;
  note_write();
}

/// `change` maps the value found to the value left.
template <class T, class Change>
T modify(volatile T* address, int order, const void* pc, Change change) {
  if (!controlled) return real_modify(address, change);
  point(action::read_modify_write, address, pc, sizeof(T), static_cast<std::uint8_t>(order));
  edges_of_load(address, order);
  remember_atomic(address, sizeof(T), access::atomic_write, pc);
  edges_of_store(address, order, true);
  const T found = *address;
  const T left = change(found);
  if (event* e = traced()) e->before = bits(found), e->after = bits(left);
  *address = left;
  note_write();
  return found;
}

template <class T>
bool compare_exchange(volatile T* address, T* expected, T desired, int success, int failure, const void* pc) {
  if (!controlled) {
    const T seen = real_compare_exchange(address, *expected, desired);
    const bool exchanged = seen == *expected;
    *expected = seen;
    return exchanged;
  }
  point(action::compare_exchange, address, pc, sizeof(T), static_cast<std::uint8_t>(success));
  const T found = *address;
  const bool equal = found == *expected;
  edges_of_load(address, equal ? success : failure);
  remember_atomic(address, sizeof(T), equal ? access::atomic_write : access::atomic_read, pc);
  if (event* e = traced()) e->before = bits(found), e->after = bits(desired), e->succeeded = equal;
  if (!equal) {
    *expected = found;
    return false;
  }
  edges_of_store(address, success, true);
  *address = desired;
  note_write();
  return true;
}

void fence(int order, const void* pc) {
  if (!controlled) return __atomic_thread_fence(__ATOMIC_SEQ_CST);
  point(action::fence, nullptr, pc, 0, static_cast<std::uint8_t>(order));
  thread& me = *current;
  if (acquires(order)) me.clock.join(me.acquired_by_relaxed_loads);
  if (releases(order)) {
    me.release_fence.assign(me.clock);
    me.has_release_fence = true;
    ++me.clock.at[me.id];
  }
}

}  // namespace
}  // namespace heddle::runtime

using namespace heddle::runtime;

#define HEDDLE_MODIFY(width, T, name, expression)                                                \
  HEDDLE_HOOK T __tsan_atomic##width##_##name(volatile T* a, T v, int order) {                   \
    return modify(a, order, HEDDLE_CALLER, [v](T found) { return static_cast<T>(expression); }); \
  }

#define HEDDLE_ATOMIC(width, T)                                                                         \
  HEDDLE_HOOK T __tsan_atomic##width##_load(const volatile T* a, int order) {                           \
    return load(a, order, HEDDLE_CALLER);                                                               \
  }                                                                                                     \
  HEDDLE_HOOK void __tsan_atomic##width##_store(volatile T* a, T v, int order) {                        \
    store(a, v, order, HEDDLE_CALLER);                                                                  \
  }                                                                                                     \
  HEDDLE_MODIFY(width, T, exchange, (static_cast<void>(found), v))                                      \
  HEDDLE_MODIFY(width, T, fetch_add, found + v)                                                         \
  HEDDLE_MODIFY(width, T, fetch_sub, found - v)                                                         \
  HEDDLE_MODIFY(width, T, fetch_and, found& v)                                                          \
  HEDDLE_MODIFY(width, T, fetch_or, found | v)                                                          \
  HEDDLE_MODIFY(width, T, fetch_xor, found ^ v)                                                         \
  HEDDLE_MODIFY(width, T, fetch_nand, ~(found & v))                                                     \
  HEDDLE_HOOK int __tsan_atomic##width##_compare_exchange_strong(volatile T* a, T* expected, T desired, \
                                                                 int success, int failure) {            \
    return compare_exchange(a, expected, desired, success, failure, HEDDLE_CALLER) ? 1 : 0;             \
  }                                                                                                     \
  HEDDLE_HOOK int __tsan_atomic##width##_compare_exchange_weak(volatile T* a, T* expected, T desired,   \
                                                               int success, int failure) {              \
    return compare_exchange(a, expected, desired, success, failure, HEDDLE_CALLER) ? 1 : 0;             \
  }                                                                                                     \
  HEDDLE_HOOK T __tsan_atomic##width##_compare_exchange_val(volatile T* a, T expected, T desired,       \
                                                            int success, int failure) {                 \
    compare_exchange(a, &expected, desired, success, failure, HEDDLE_CALLER);                           \
    return expected;                                                                                    \
  }

__extension__ using uint128 = unsigned __int128;

HEDDLE_ATOMIC(8, std::uint8_t)
HEDDLE_ATOMIC(16, std::uint16_t)
HEDDLE_ATOMIC(32, std::uint32_t)
HEDDLE_ATOMIC(64, std::uint64_t)
HEDDLE_ATOMIC(128, uint128)

HEDDLE_HOOK void __tsan_atomic_thread_fence(int order) {
  fence(order, HEDDLE_CALLER);
}
HEDDLE_HOOK void __tsan_atomic_signal_fence(int) {}

// g++ leaves 16-byte atomics to libatomic even under instrumentation. These are its functions; the asm names
// keep the compiler from mistaking the definitions for its builtins.
#define HEDDLE_LIBATOMIC(name) asm("__atomic_" #name "_16") __attribute__((visibility("default"), noinline))
extern "C" {
uint128 heddle_load_16(const volatile uint128* a, int order) HEDDLE_LIBATOMIC(load);
void heddle_store_16(volatile uint128* a, uint128 v, int order) HEDDLE_LIBATOMIC(store);
uint128 heddle_exchange_16(volatile uint128* a, uint128 v, int order) HEDDLE_LIBATOMIC(exchange);
uint128 heddle_fetch_add_16(volatile uint128* a, uint128 v, int order) HEDDLE_LIBATOMIC(fetch_add);
uint128 heddle_fetch_sub_16(volatile uint128* a, uint128 v, int order) HEDDLE_LIBATOMIC(fetch_sub);
uint128 heddle_fetch_and_16(volatile uint128* a, uint128 v, int order) HEDDLE_LIBATOMIC(fetch_and);
uint128 heddle_fetch_or_16(volatile uint128* a, uint128 v, int order) HEDDLE_LIBATOMIC(fetch_or);
uint128 heddle_fetch_xor_16(volatile uint128* a, uint128 v, int order) HEDDLE_LIBATOMIC(fetch_xor);
bool heddle_compare_exchange_16(volatile uint128* a, uint128* expected, uint128 desired, int success,
                                int failure) HEDDLE_LIBATOMIC(compare_exchange);
}
uint128 heddle_load_16(const volatile uint128* a, int order) {
  return load(a, order, HEDDLE_CALLER);
}
void heddle_store_16(volatile uint128* a, uint128 v, int order) {
  store(a, v, order, HEDDLE_CALLER);
}
uint128 heddle_exchange_16(volatile uint128* a, uint128 v, int order) {
  return modify(a, order, HEDDLE_CALLER, [v](uint128) { return v; });
}
uint128 heddle_fetch_add_16(volatile uint128* a, uint128 v, int order) {
  return modify(a, order, HEDDLE_CALLER, [v](uint128 found) { return found + v; });
}
uint128 heddle_fetch_sub_16(volatile uint128* a, uint128 v, int order) {
  return modify(a, order, HEDDLE_CALLER, [v](uint128 found) { return found - v; });
}
uint128 heddle_fetch_and_16(volatile uint128* a, uint128 v, int order) {
  return modify(a, order, HEDDLE_CALLER, [v](uint128 found) { return found & v; });
}
uint128 heddle_fetch_or_16(volatile uint128* a, uint128 v, int order) {
  return modify(a, order, HEDDLE_CALLER, [v](uint128 found) { return found | v; });
}
uint128 heddle_fetch_xor_16(volatile uint128* a, uint128 v, int order) {
  return modify(a, order, HEDDLE_CALLER, [v](uint128 found) { return found ^ v; });
}
bool heddle_compare_exchange_16(volatile uint128* a, uint128* expected, uint128 desired, int success,
                                int failure) {
  return compare_exchange(a, expected, desired, success, failure, HEDDLE_CALLER);
}
