// Which pending operations depend on each other, as far as can be told before they run. An
// over-approximation: the order of two independent operations never matters.
#pragma once

#include <heddle/runtime/types.hpp>

namespace heddle::harness {

/// A memory access, an operation on a lock, condition variable, semaphore, barrier or once flag (whose
/// address it has), or a boundary between two calls.
bool has_object(runtime::action kind);

/// Two such operations on one object commute.
bool only_reads(runtime::action kind);

/// Whether the order of two threads' operations can matter: accesses to overlapping bytes of which one writes
/// (a compare-exchange counts as a write whether or not it will succeed); two operations on the same
/// synchronisation object; a step of the clock and another one or a reading of it; two boundaries between
/// calls, because the order of calls is part of the history.
bool conflict(const runtime::pending_operation& a, const runtime::pending_operation& b);

}  // namespace heddle::harness
