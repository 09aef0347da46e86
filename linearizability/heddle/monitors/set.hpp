// Set: add and remove (each says whether it changed the set), contains.
//
// Sound and complete for every history: values may be added again and again, and outcomes be unknown.
// Violations are self-contained. O(n log n).
//
// Each value is an object of its own, in or out (locality, Herlihy & Wing 1990). Its operations are walked in
// order of time, and it goes in or out only when a response forces it to: a successful add or remove, or an
// answer that needs the other state. Of the adds (removes) that are open then, the one that must return first
// is taken (Jackson 1955). No linearization has made fewer changes at any time than this walk, so where it
// lacks an open operation to make a change, none has one. (Abdulla et al. 2025 show another method, linear in
// sorted events.)
#pragma once

#include <span>

#include <heddle/monitors/monitors.hpp>

namespace heddle::monitors {

verdict judge_set(std::span<const operation> history, const options& how = {});

}  // namespace heddle::monitors
