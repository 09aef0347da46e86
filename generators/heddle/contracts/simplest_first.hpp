// A choice between a few values that shrinks towards the first of them.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Transform.h>

namespace heddle::contracts {

/// One of `values`, with equal chances; a value that occurs twice has two. Unlike rc::gen::element, it
/// shrinks.
template <class T>
rc::Gen<T> simplest_first(std::vector<T> values) {
  const std::size_t count = values.size();
  return rc::gen::map(rc::gen::inRange<std::size_t>(0, count),
                      [values = std::move(values)](std::size_t index) { return values[index]; });
}

}  // namespace heddle::contracts
