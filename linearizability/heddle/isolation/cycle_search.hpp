// Shortest cycles through given dependencies, in a strongly connected part of a dependency graph.
//
// Breadth first. Time order is not written out: what a transaction precedes is a tail of the transactions in
// order of their invocations, and the tails reached so far are one tail, so following it costs O(n) per
// search. Groups are likewise followed once.
//
// Complexity: O(nodes + links) per search.
#pragma once

#include <cstdint>
#include <vector>

#include <heddle/isolation/dependency_graph.hpp>
#include <heddle/isolation/strong_components.hpp>

namespace heddle::isolation {

/// Which closed walks are wanted; they start with a given edge.
enum class walk_rule : std::uint8_t {
  any,
  rw_apart,         ///< no two rw edges are adjacent
  rw_once,          ///< the first edge is the only rw edge
  rw_pair_at_start  ///< the second edge is rw
};

class cycle_search {
 public:
  cycle_search(const dependency_graph& graph, const graph_view& view);

  /// A shortest closed walk that starts with the link `first` of node `from` (with an edge to any member if
  /// it leads to a group) and obeys the rule, also where it closes; empty if there is none. Gives up after
  /// following `max_steps` edges.
  std::vector<labelled_edge> shortest(std::uint32_t from, const dependency_link& first, walk_rule rule,
                                      std::uint64_t max_steps);

  /// Of the last search.
  std::uint64_t steps() const { return followed_; }
  bool gave_up() const { return gave_up_; }

 private:
  struct step {
    labelled_edge taken;
    std::size_t before;
  };
  /// How much of a group or of the transactions after some time has been reached.
  struct mark {
    std::uint32_t search = 0;
    std::uint32_t reached = 0;
  };

  void start(std::uint32_t from, const dependency_link& first);
  void follow(std::size_t at);
  void follow_group(std::size_t at, const dependency_link& l);
  void follow_time(std::size_t at);
  void reach(std::size_t at, std::uint32_t to, dependency_label label);
  std::vector<labelled_edge> walk_to(std::size_t at) const;
  bool may_close(const labelled_edge& last) const;
  bool may_follow(const labelled_edge& last, bool next_is_rw) const;
  bool is_first(const labelled_edge& e) const;

  const dependency_graph& graph_;
  graph_view view_;
  std::vector<std::uint32_t> in_time_;  ///< the nodes by process (if that counts) and invocation
  std::vector<std::uint32_t> line_;     ///< of each node: the number of its process, or 0
  std::vector<std::uint32_t> line_begin_;

  walk_rule rule_ = walk_rule::any;
  std::uint32_t from_ = 0;
  dependency_link first_;
  std::uint64_t followed_ = 0;
  bool gave_up_ = false;
  std::uint32_t search_ = 0;           ///< number of this search: what other searches marked is not marked
  std::vector<std::uint32_t> marked_;  ///< by node, and by node for having come by rw
  std::vector<mark> groups_;
  std::vector<mark> lines_;
  std::vector<step> steps_;
  std::size_t seeds_ = 0;  ///< the first steps
  std::vector<std::uint32_t> tail_;
};

/// The part of a closed walk that is a cycle without repeated transactions; if the walk has no adjacent rw
/// edges, neither has the cycle.
std::vector<labelled_edge> simple_cycle(std::vector<labelled_edge> walk);

}  // namespace heddle::isolation
