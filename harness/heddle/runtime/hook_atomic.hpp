// What every atomic operation means for the race detector, whatever its size.
#pragma once

#include <cstddef>

#include <heddle/runtime/race_detector.hpp>

namespace heddle::runtime {

/// Happens-before edges of reading, with the memory order of the operation.
void edges_of_load(const volatile void* address, int order);
/// Of writing. A plain store starts a new release sequence; a read-modify-write continues the one it found.
void edges_of_store(const volatile void* address, int order, bool continues);
/// Shows the access to the race detector.
void remember_atomic(const volatile void* address, std::size_t size, access kind, const void* pc);

}  // namespace heddle::runtime
