// A concurrent history as a picture: what is drawn, not how. Processes are lanes, operations are bars.
//
//   diagram d;
//   d.lanes = {"process 0", "process 1"};
//   d.bars.push_back({.lane = 0, .begin = 0, .end = 3, .label = "write 1"});
//   d.bars.push_back({.lane = 1, .begin = 1, .end = 2, .label = "read → 1"});
//   const std::vector<order_step> order = {{0, "none", "1"}, {1, "1", "1"}};
//   place_in_order(d, {&order, 1});
//   write_html(out, d);   // page.hpp
//   write_trace(out, d);  // trace.hpp
//
// Histories that were recorded and failures that were found by exploration both become one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heddle::picture {

enum class outcome : std::uint8_t {
  ok,
  fail,  ///< had no effect
  info,  ///< not known
};

enum class standing : std::uint8_t {
  plain,
  involved,  ///< in why the condition does not hold
  culprit,   ///< the operation that has no place
};

/// An operation's place in the order that was chosen.
struct place {
  std::uint32_t number = 0;  ///< from 1
  double point = 0;          ///< a moment between invocation and response; the order of points is the order
  std::string before;        ///< the state
  std::string after;
};

/// Something that happened during an operation.
struct step {
  double at = 0;
  std::string text;
  std::string where;  ///< in a source file
};

struct bar {
  std::uint32_t lane = 0;
  double begin = 0;           ///< its invocation, on the diagram's axis
  std::optional<double> end;  ///< its response; nothing: it never came
  outcome how = outcome::ok;
  standing stands = standing::plain;
  std::string label = {};  ///< "cas [1, 2] → false"
  std::string operation = {};
  std::string arguments = {};
  std::string result = {};
  std::string called_at = {};    ///< where the history says so: "line 12"
  std::string returned_at = {};  ///< likewise
  std::string object = {};       ///< what it is about, if the history has several
  std::vector<std::string> notes = {};
  std::vector<step> steps = {};
  std::optional<place> placed = std::nullopt;
};

/// One bar depends on another.
struct dependency {
  std::uint32_t from = 0;  ///< index of a bar
  std::uint32_t to = 0;
  std::string kind;   ///< "ww", "wr", "rw", "realtime", …
  std::string label;  ///< "rw x", "realtime"
};

/// An anomaly of transactions.
struct cycle {
  std::string name;   ///< "G-single"
  std::string plain;  ///< "lost update"; may be empty
  std::string detail = {};
  std::vector<dependency> edges;
};

/// A moment that concerns all lanes.
struct moment {
  double at = 0;
  std::string text;
};

enum class verdict : std::uint8_t { ok, violation, unknown };

struct diagram {
  std::string title;
  verdict says = verdict::unknown;
  std::string headline;            ///< "NOT LINEARIZABLE as register"
  std::string explanation;         ///< lines
  std::vector<std::string> facts;  ///< "decided by search", …
  std::string axis = "event";      ///< what positions count
  std::vector<std::string> lanes;
  std::vector<bar> bars;
  std::vector<moment> moments;
  std::optional<double> stops;  ///< where the longest prefix ends that has an order
  std::vector<cycle> cycles;
};

/// One operation of the order of one object.
struct order_step {
  std::uint32_t bar = 0;
  std::string before;
  std::string after;
};

/// Merges the orders, each of one independent object (linearizability is local: Herlihy & Wing 1990, section
/// 3.3), and gives every bar in them its place. A point is as early as the order allows.
/// Precondition: each order is one that real time allows, and no bar is in two. O(n log n).
void place_in_order(diagram& d, std::span<const std::vector<order_step>> orders);

/// The last position on the axis: of an invocation, a response or a moment.
double last_position(const diagram& d);

}  // namespace heddle::picture
