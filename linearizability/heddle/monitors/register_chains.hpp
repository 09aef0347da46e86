// What a register held, as far as it is plain without looking at time: chains of values, each with the
// operations that saw it. Used by register.cpp and refusals.cpp only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <heddle/monitors/monitors.hpp>
#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

/// One write (or the initial value) that took effect.
struct version {
  std::int64_t value = 0;
  std::uint32_t writer = never;    ///< `never` for the initial value
  std::uint32_t replaced = never;  ///< the version that `writer`, a compare-and-set, replaced
  std::uint32_t next = never;      ///< the version that a compare-and-set replaced this one by
  std::uint32_t write_at = 0;      ///< its write's place among the steps; those that read it follow
  std::uint32_t end_at = 0;        ///< the place after them
};

/// An operation at its place in its chain.
struct step {
  std::uint32_t operation = never;  ///< `never` for the initial value's write
  std::uint32_t version = 0;
};

/// A compare-and-set that failed, and the version that it must have missed.
struct refusal {
  std::uint32_t operation = 0;
  std::uint32_t version = 0;
};

struct register_chains {
  std::vector<version> versions;  ///< the first is the initial value
  std::vector<step> steps;        ///< chain by chain; readers of one version by invocation
  std::vector<std::uint32_t>
      starts;  ///< where in `steps` each chain starts, the initial value's first; then the end
  std::vector<refusal> refusals;
  /// Per open operation that took effect: one that saw what it wrote.
  std::map<std::uint32_t, std::uint32_t> seen_by;
  std::vector<std::uint32_t> unseen;  ///< open operations that may have written what nobody saw
  std::vector<std::uint32_t> spare;   ///< the writes among them whose value no refusal expected
  /// The value that some refusal did not find was written more than once.
  std::optional<std::int64_t> ambiguous_refusal;
};

/// A verdict instead if a value was seen that was never written, or replaced twice, or written twice.
/// O(n log n).
std::optional<verdict> form_chains(std::span<const operation> history, const options& how,
                                   register_chains& chains);

/// Adds, for open operations, those that show that they took effect.
void add_seers(const register_chains& chains, std::vector<std::uint32_t>& operations);

/// A place in register_chains::steps.
using place = std::uint32_t;

/// Adds the operations at two places of one chain and what ties them together: the writes from the earlier's
/// on. True if that one is of the chain's first version, so that they stand for themselves.
bool add_links(const register_chains& chains, place p, place q, std::vector<std::uint32_t>& operations);

/// A rank or slot, or one before the history.
using moment = std::int64_t;

/// The chains in time. The initial value's write is before everything.
struct timed_chains {
  /// A chain by its extremes: it is held from its first response (f) to its last invocation (s) at least.
  struct chain {
    place earliest_end;  ///< f
    place latest_begin;  ///< s
    place first;
    place last;
  };

  const register_chains& of;
  const timeline& time;
  std::vector<place> latest_begin;  ///< by place: of its chain's steps up to there
  std::vector<place> earliest_end;  ///< by place: of its chain's steps from there on
  std::vector<chain> chains;        ///< the initial value's first

  timed_chains(const register_chains& all, const timeline& when);

  moment begin(place p) const { return is_initial(p) ? -2 : moment{time.begin(of.steps[p].operation)}; }
  moment end(place p) const { return is_initial(p) ? -1 : moment{time.end(of.steps[p].operation)}; }
  moment held_from(const chain& c) const { return end(c.earliest_end); }
  moment held_until(const chain& c) const { return begin(c.latest_begin); }
  bool is_initial(place p) const { return of.steps[p].operation == never; }
  const version& version_at(place p) const { return of.versions[of.steps[p].version]; }
};

}  // namespace heddle::monitors
