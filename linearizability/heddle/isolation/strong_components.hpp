// Which transactions depend on each other in a circle? Strongly connected components of a dependency graph,
// or of the part of it that a question is about.
//
// Sources: Tarjan, Depth-First Search and Linear Graph Algorithms (SIAM J. Comput. 1972), without recursion.
// Time order is not written out: a chain of barriers, one per run of responses, stands for its O(n²) edges.
//
// Complexity: O(nodes + links), after sorting by time.
#pragma once

#include <cstdint>
#include <vector>

#include <heddle/isolation/dependency_graph.hpp>

namespace heddle::isolation {

/// The order in time that counts beside the dependencies.
enum class time_order : std::uint8_t { none, session, realtime };

/// Which edges count.
struct graph_view {
  bool wr = true;
  bool rw = true;            ///< of items
  bool predicate_rw = true;  ///< only if `rw`
  time_order time = time_order::none;
  /// Only circles without two adjacent rw edges: those that snapshot isolation forbids (Cerone & Gotsman
  /// 2016).
  bool rw_apart = false;

  bool has(dependency_label l) const {
    if (l.what() == dependency::wr) return wr;
    return l.what() != dependency::rw || (rw && (predicate_rw || !l.by_predicate()));
  }
};

class strong_components {
 public:
  strong_components(const dependency_graph& graph, const graph_view& view);

  /// Is there a component of more than one node?
  bool cyclic() const { return cyclic_; }
  /// Is this edge, which the view has, part of a circle?
  bool on_circle(const labelled_edge& e) const;
  /// The transactions of each component of more than one, ascending; the smallest components first. Not for
  /// views with `rw_apart`.
  std::vector<std::vector<std::uint32_t>> circles() const;

 private:
  const graph_view view_;
  std::uint32_t size_;
  bool cyclic_ = false;
  /// By node; with `rw_apart` a second time, then for having come by an rw edge.
  std::vector<std::uint32_t> component_;
};

}  // namespace heddle::isolation
