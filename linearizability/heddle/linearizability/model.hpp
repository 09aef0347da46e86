// Vocabulary that sequential models are written in.
//
// A model is a plain regular value (an aggregate: copyable, ==, members hashable) whose member functions
// mirror the component's. Each takes one of three forms, and one model may mix them:
//
//   deterministic   R f(args...)
//                   run it and compare the results; std::optional<R> says "not enabled now" when empty
//   acceptor        bool f(args..., observed<R>)
//                   may this result be seen now? then update the state
//   relation        std::vector<Model> f(args..., observed<R>) const
//                   every state the object may be in afterwards
//
// Any form may take a `caller` as its first parameter when the meaning depends on which process calls.
// A model of something timed has a member `void advance(std::chrono::nanoseconds)`: the clock is one more
// process, and its steps are operations of the history like any others.
#pragma once

#include <cstdint>
#include <string>

namespace heddle {

/// The logical client an operation belongs to. Two operations of one process never overlap.
struct caller {
  std::uint32_t process = 0;
  bool operator==(const caller&) const = default;
};

/// What a caller saw of an operation whose result has type R: a value, an exception, or nothing at all
/// (an operation of unknown outcome, or one that never returned).
template <class R>
class observed {
 public:
  static observed nothing() { return {}; }
  static observed returned(const R& result) { return observed(&result, nullptr); }
  static observed threw(const std::string& exception) { return observed(nullptr, &exception); }

  bool known() const { return result_ != nullptr || exception_ != nullptr; }
  bool returned() const { return result_ != nullptr; }
  bool threw() const { return exception_ != nullptr; }

  /// The returned value. Precondition: returned().
  const R& value() const { return *result_; }
  /// The exception as "type: what". Precondition: threw().
  const std::string& exception() const { return *exception_; }

  /// True if nothing is known, or if exactly `result` was returned.
  bool may_be(const R& result) const { return !known() || (result_ != nullptr && *result_ == result); }

 private:
  observed() = default;
  observed(const R* result, const std::string* exception) : result_(result), exception_(exception) {}

  const R* result_ = nullptr;
  const std::string* exception_ = nullptr;
};

/// What a caller saw of an operation without a result.
template <>
class observed<void> {
 public:
  static observed nothing() { return {}; }
  static observed done() { return observed(true, nullptr); }
  static observed threw(const std::string& exception) { return observed(false, &exception); }

  bool known() const { return returned_ || exception_ != nullptr; }
  bool returned() const { return returned_; }
  bool threw() const { return exception_ != nullptr; }

  /// The exception as "type: what". Precondition: threw().
  const std::string& exception() const { return *exception_; }

 private:
  observed() = default;
  observed(bool returned, const std::string* exception) : returned_(returned), exception_(exception) {}

  bool returned_ = false;
  const std::string* exception_ = nullptr;
};

}  // namespace heddle
