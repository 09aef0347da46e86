// What the run-time knows of mutexes, condition variables, semaphores, guards and atomics: a table by
// address.
//
// The objects' own bytes stay untouched, so that the same object works outside a schedule with the real
// functions. A generation per schedule empties the table in O(1). Lookup: open addressing, O(1) expected.
#pragma once

#include <cstdint>

#include <heddle/runtime/vector_clock.hpp>

namespace heddle::runtime {

struct sync_object {
  std::uintptr_t address = 0;
  thread_id owner = no_thread;    ///< of a mutex, write lock or static guard
  bool write_locked = false;      ///< rwlock
  std::uint32_t depth = 0;        ///< recursive mutex
  std::uint32_t readers = 0;      ///< rwlock
  std::int64_t value = 0;         ///< semaphore
  std::uint32_t expected = 0;     ///< barrier: how many must arrive
  std::uint32_t arrived = 0;      ///< barrier
  std::uint32_t phase = 0;        ///< barrier
  vector_clock released;          ///< joined by whoever acquires
  vector_clock readers_released;  ///< joined by a writer too
};

/// The object at `address`, as new if this schedule has not met it yet. The reference stays valid for the
/// schedule.
sync_object& sync_at(const volatile void* address);
/// The object if this schedule has met it, else nullptr.
sync_object* find_sync(const volatile void* address);
/// Makes the object as new (it was initialised or destroyed).
void reset_sync(const volatile void* address);
/// Forgets every object.
void forget_sync_objects();

}  // namespace heddle::runtime
