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

inline constexpr std::size_t stack_bytes = 1024 * 1024;  ///< address space; memory as far as it is used
inline constexpr std::size_t guard_bytes =
    1024 * 1024;  ///< below the stack, so that big frames cannot leap over it

/// A reusable stack and storage block.
struct fiber {
  std::uint32_t slot = 0;
  char* stack = nullptr;  ///< lowest usable byte; a guard lies below
  std::uintptr_t thread_register = 0;
  pthread_t carrier{};  ///< the parked pthread whose storage block this fiber uses
  boost::context::detail::fcontext_t context = nullptr;
  std::uintptr_t lowest_frame = 0;  ///< of the thread that ended on it in this schedule; 0 if none did

  bool guards(const void* address) const;
  bool owns_stack_address(std::uintptr_t address) const {
    return address >= reinterpret_cast<std::uintptr_t>(stack) &&
           address < reinterpret_cast<std::uintptr_t>(stack) + stack_bytes;
  }
};

/// Takes the free fiber of the lowest slot, so that the same schedule finds its stacks at the same places,
/// its storage block as new. `entry` runs at the first switch to it and never returns. Preconditions:
/// adopt_thread() was called on this OS thread; at most max_fibers are taken.
inline constexpr std::uint32_t max_fibers = 64;
fiber* acquire_fiber(void (*entry)(boost::context::detail::transfer_t));

/// Back into the pool. What the fiber was doing is forgotten, not unwound.
void release_fiber(fiber* f);

/// Never to be used again: it stopped inside a library, which may hold locks for it.
void discard_fiber(fiber* f);

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
