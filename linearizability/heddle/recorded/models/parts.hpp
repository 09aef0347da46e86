// Arguments and answers that several models share.
#pragma once

#include <optional>
#include <utility>

#include <heddle/linearizability/value.hpp>

namespace heddle::recorded {

/// Something that a collection holds: anything but none, which stands for "there was nothing".
struct element {
  value what;

  static element decode(const value& v) {
    if (v.is(value::kind::null)) throw value_error("", "a value", to_text(v));
    return {v};
  }
};

/// The answer of an operation that need not say whether it changed anything: true or false, or anything else
/// for "it was done".
struct reply {
  static constexpr bool is_yes_or_no = true;
  std::optional<bool> told;

  static reply decode(const value& v) {
    return {v.is(value::kind::boolean) ? std::optional(v.as_boolean()) : std::nullopt};
  }
  value shown() const { return told ? value::boolean(*told) : value(); }
  friend bool operator==(bool model, const reply& seen) { return !seen.told || *seen.told == model; }
};

}  // namespace heddle::recorded
