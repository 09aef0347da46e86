// The correctness conditions of single operations, by name: what `heddle check --condition` and a contract
// may ask for. (Those of transactions are levels: isolation.hpp.)
//
// From strong to weak: linearizability implies all others; sequential consistency implies the causal ones
// and the session guarantees; causal memory and causal convergence each imply causal consistency; causal
// convergence implies each session guarantee. Quiescent consistency implies none of the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace heddle {

enum class condition : std::uint8_t {
  linearizability,         ///< checker.hpp
  sequential_consistency,  ///< weaker_orders.hpp
  quiescent_consistency,
  causal_memory,  ///< causal.hpp
  causal_convergence,
  causal_consistency,
  read_your_writes,  ///< session_guarantees.hpp
  monotonic_reads,
  monotonic_writes,
  writes_follow_reads,
};
inline constexpr std::size_t condition_count = 10;

/// "sequential consistency".
std::string name(condition c);
/// What satisfies it is "sequentially consistent".
std::string satisfied(condition c);
/// What that means, in one line.
std::string meaning(condition c);
/// It is about reads and writes of registers only; the others are about any model.
bool is_of_registers(condition c);

/// "strict serializable" as people type it: "strict-serializable".
std::string hyphenated(std::string name);
/// The headline of a violation: "NOT SEQUENTIALLY CONSISTENT".
std::string negated(std::string_view satisfied);
/// By its hyphenated name.
std::optional<condition> condition_named(std::string_view hyphenated_name);

}  // namespace heddle
