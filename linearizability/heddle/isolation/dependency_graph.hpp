// A small directed graph of dependencies between transactions, and the searches for cycles in it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <heddle/isolation/isolation.hpp>

namespace heddle::isolation {

class dependency_graph {
 public:
  explicit dependency_graph(std::size_t nodes) : out_(nodes) {}

  /// Loops and duplicates are ignored.
  void add(const edge& e);

  std::size_t size() const { return out_.size(); }
  const std::vector<edge>& from(std::uint32_t node) const { return out_[node]; }

  /// The edges for which keep(edge) holds.
  dependency_graph only(const std::function<bool(const edge&)>& keep) const;
  /// What is left when nodes are removed that no cycle can pass: all strongly connected parts, and paths
  /// between them.
  dependency_graph cyclic_part() const;
  bool acyclic() const;

  /// Which edge may follow which on a cycle.
  using may_follow = std::function<bool(const edge& last, const edge& next)>;

  /// A shortest closed walk that starts with `first` and obeys `rule`, also where it closes; empty if there
  /// is none.
  std::vector<edge> shortest_cycle(const edge& first, const may_follow& rule) const;

 private:
  std::vector<std::vector<edge>> out_;
};

}  // namespace heddle::isolation
