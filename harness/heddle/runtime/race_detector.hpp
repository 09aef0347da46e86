// Happens-before data-race detection over plain and atomic accesses.
//
// FastTrack (Flanagan & Freund, PLDI 2009): per location the last write's epoch and the last read's, the
// latter widened to one epoch per thread while reads are concurrent. Byte-precise: one cell describes up to
// eight bytes that were always accessed together and is split when accesses of other widths meet it. Accesses
// that are both atomic never race. Happens-before edges come from the hooks of locks, atomics, fences,
// threads and so on.
//
// Cost: O(1) per access in the common case. Shadow memory: 32 bytes per 8 bytes touched, never returned;
// stale shadow of earlier schedules is recognised by a generation.
#pragma once

#include <cstddef>
#include <cstdint>

#include <heddle/runtime/vector_clock.hpp>

namespace heddle::runtime {

enum class access : std::uint8_t { plain_read, plain_write, atomic_read, atomic_write };

/// Called for the first race of each pair of source positions.
using race_report = void (*)(const data_race&);

/// Starts afresh: nothing is known of any location.
void forget_accesses(race_report report);

/// Thread `thread`, whose clock is `now`, accesses [address, address + size). Returns false if the memory was
/// freed.
bool record_access(std::uintptr_t address, std::size_t size, access kind, thread_id thread,
                   const vector_clock& now, const void* pc);

enum class memory_state : std::uint8_t { fresh, freed };

/// The bytes were allocated, or handed to a new thread as its stack (fresh), or freed: earlier accesses no
/// longer count.
void set_memory(std::uintptr_t address, std::size_t size, memory_state state);

/// True if the byte lies in memory that this schedule freed.
bool is_freed(std::uintptr_t address);

}  // namespace heddle::runtime
