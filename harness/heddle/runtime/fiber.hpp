// Fibers: a stack and a thread-local storage block of their own, switched in user space.
//
// The stack is jumped to with Boost.Context. The storage block belongs to a real pthread that is created once
// per slot and parked for ever; a switch points the thread register (FS on x86-64, TPIDR_EL0 on AArch64) at
// it. So errno, thread_local, the exceptions being handled, pthread_self and malloc's caches all follow by
// themselves.
//
// Cost: a switch is one jump_fcontext plus one wrfsbase; slots are pooled for the life of the process.
#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/context/detail/fcontext.hpp>
#include <pthread.h>

namespace heddle::runtime {

inline constexpr std::size_t stack_bytes = 256 * 1024;

/// A reusable stack and storage block.
struct fiber {
  char* stack = nullptr;  ///< lowest usable byte; a guard page lies below
  std::uintptr_t thread_register = 0;
  pthread_t carrier{};  ///< the parked pthread whose storage block this fiber uses
  boost::context::detail::fcontext_t context = nullptr;
  fiber* next_free = nullptr;

  bool guards(const void* address) const;
  bool owns_stack_address(std::uintptr_t address) const {
    return address >= reinterpret_cast<std::uintptr_t>(stack) &&
           address < reinterpret_cast<std::uintptr_t>(stack) + stack_bytes;
  }
};

/// Takes a fiber from the pool, its storage block as new. `entry` runs at the first switch to it and never
/// returns. Precondition: adopt_thread() was called on this OS thread.
fiber* acquire_fiber(void (*entry)(boost::context::detail::transfer_t));

/// Back into the pool. What the fiber was doing is forgotten, not unwound.
void release_fiber(fiber* f);

/// Makes `root` stand for the calling OS thread.
void adopt_thread(fiber& root);

/// Saves the caller in `from` and goes on in `to`.
void switch_fiber(fiber& from, fiber& to);

/// Thread-local storage block of the fiber, for forgetting what was known of its memory.
struct memory_range {
  std::uintptr_t begin = 0;
  std::size_t bytes = 0;
};
memory_range storage_of(const fiber& f);

}  // namespace heddle::runtime
