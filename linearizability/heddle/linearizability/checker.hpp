// Is there an order of the calls of a concurrent history that a sequential model explains?
//
// The general search: Wing & Gong 1993, with the memo on (placed set, state) of Lowe 2017, partitions as of
// Horn & Kroening 2015, and with operations that only observe placed at once. It works on integers only:
// states and symbols are interned by a `transition_system`, so this code is compiled once for all models.
//
// Complexity: exponential in the number of concurrent operations in the worst case (the problem is
// NP-complete, Gibbons & Korach 1997), linear in the length of histories with bounded concurrency and few
// states.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace heddle::linearizability {

/// An interned state of the model. Equal ids mean equal states.
using state_id = std::uint32_t;
/// An interned (operation, arguments, what was seen): all that the model needs to decide a step.
using symbol_id = std::uint32_t;

inline constexpr std::uint32_t never = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint32_t every_partition = never;

/// What a linearization owes an action.
enum class obligation : std::uint8_t {
  required,  ///< it took effect: place it exactly once between `invoked` and `returned`
  optional,  ///< unknown outcome: place it once, anywhere after `invoked`, or never
  blocked,   ///< it never returned although everything came to rest: never place it, and it must not be
             ///< enabled in the final state
};

/// One atomic step of one operation, with the interval in which it took effect. Most operations are one
/// action; a blocking one may be two (request, then grant), the second `after` the first.
struct action {
  symbol_id symbol = 0;
  std::uint32_t invoked = 0;  ///< position of the invocation in the history's real-time order
  /// Position of the response; `never` if there was none: always for optional and blocked actions, and for a
  /// required one that surely took effect at some time.
  std::uint32_t returned = never;
  obligation owed = obligation::required;
  /// Index of the action that must be placed before this one, or `never`. If that one is not placed, a
  /// blocked action counts as not enabled.
  std::uint32_t after = never;
  /// Independent objects are searched one by one; an action of `every_partition` takes effect on each of
  /// them, at a time of its own for each.
  std::uint32_t partition = 0;
};

/// What is known of a symbol's effect on states.
enum class effect : std::uint8_t {
  unknown,
  observes,    ///< in every state it is either not enabled or leads to that same state only
  changes,     ///< some state leads to another
  grows,       ///< changes states only such that transition_system::may_become_enabled stays false
  overwrites,  ///< enabled in every state, and all lead to one and the same: nothing after it can tell what
               ///< was before
};

/// A sequential specification over interned states. Implementations memoise: the search asks the same
/// question often.
class transition_system {
 public:
  virtual ~transition_system() = default;
  virtual state_id initial() = 0;
  /// Every state that may follow when `symbol` takes effect in `from`; empty if it may not. The span stays
  /// valid until the transition system is destroyed.
  virtual std::span<const state_id> next(state_id from, symbol_id symbol) = 0;
  /// Saves the search work where it is known; what is not `unknown` or `changes` is trusted.
  virtual effect effect_of(symbol_id /*symbol*/) { return effect::unknown; }
  /// Saves the search guesses: false only if `symbol` is enabled neither in `from` nor in any state to which
  /// symbols lead from there that observe or grow. (What is appended does not go away: a text that was read
  /// must begin with the text at hand.) If `growing` is not `never` but a symbol that grows, the same of the
  /// states to which that leads from `from`: what does not fit need not be made.
  virtual bool may_become_enabled(state_id /*from*/, symbol_id /*growing*/, symbol_id /*symbol*/) {
    return true;
  }
};

struct check_options {
  std::uint64_t max_steps =
      std::numeric_limits<std::uint64_t>::max();  ///< questions to the model before giving up
  bool explain = true;  ///< fill in `order` and `culprit`; without, only the result and the steps
  /// How much the memo may hold, in words of 4 bytes, before the search turns to relaxed histories
  /// (search.hpp). The verdict is the same; tests set 0.
  std::size_t memo_before_relaxing = 100'000;
  /// Asked every 256 steps: true gives up, as if the steps were used up. For limits of time.
  std::function<bool()> stop = nullptr;
};

enum class outcome : std::uint8_t { linearizable, violation, unknown };

/// One placed action of a linearization and the state it led to.
struct placement {
  std::uint32_t action = 0;
  state_id after = 0;
};

struct verdict {
  outcome result = outcome::unknown;
  /// A witness if linearizable, the partitions' one after the other. Otherwise a linearization of the longest
  /// prefix (in real-time order of responses) that has one, of the partition that fails. Optional actions
  /// only where needed.
  std::vector<placement> order;
  /// On a violation: the action that cannot be placed whatever the order of the others (the first response
  /// with which the history stops being linearizable, or the first blocked action that ought to have gone
  /// on). `never` if the checker had to give up on the way to it.
  std::uint32_t culprit = never;
  /// How far it got: the actions of the partitions that are done, and the most that one order of the last
  /// partition held.
  std::uint64_t placed = 0;
  std::uint64_t steps = 0;  ///< questions asked of the model until `result` was known
};

/// Judges histories one after the other, reusing its memory: none is allocated in the long run when `explain`
/// is off.
class checker {
 public:
  checker();
  ~checker();
  checker(checker&&) noexcept;
  checker& operator=(checker&&) noexcept;

  /// An action precedes another if it returned at a smaller position than the other was invoked; equal
  /// positions are concurrent. Throws std::invalid_argument for a malformed history, naming the action.
  verdict check(std::span<const action> history, transition_system& model, const check_options& options = {});

 private:
  class engine;
  std::unique_ptr<engine> engine_;
};

/// Judges one history.
verdict check(std::span<const action> history, transition_system& model, const check_options& options = {});

}  // namespace heddle::linearizability
