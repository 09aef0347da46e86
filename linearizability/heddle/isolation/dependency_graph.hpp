// A directed graph of dependencies between transactions, in flat arrays: 8 bytes per dependency.
//
// Where many transactions come, in an unknown order, after what many others read, that is one *group*: each
// of the readers links to the group instead of to all its members, so that the graph stays linear in the
// history. A member's own link to its group leads to the other members.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <heddle/isolation/isolation.hpp>

namespace heddle::isolation {

/// What a dependency is about, packed.
class dependency_label {
 public:
  static constexpr std::uint32_t max_keys = 1U << 27;

  dependency_label() = default;
  dependency_label(dependency what, std::uint32_t key, bool by_predicate = false, bool to_group = false)
      : bits_(key << 5 | (to_group ? 16U : 0U) | (by_predicate ? 8U : 0U) |
              static_cast<std::uint32_t>(what)) {}

  dependency what() const { return static_cast<dependency>(bits_ & 7U); }
  bool by_predicate() const { return (bits_ & 8U) != 0; }
  bool to_group() const { return (bits_ & 16U) != 0; }
  std::uint32_t key() const { return bits_ >> 5; }
  std::uint32_t bits() const { return bits_; }
  bool operator==(const dependency_label&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

struct dependency_link {
  std::uint32_t to = 0;  ///< a transaction, or a group
  dependency_label label;
  bool operator==(const dependency_link&) const = default;
};

/// One dependency between two transactions.
struct labelled_edge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  dependency_label label;
  bool operator==(const labelled_edge&) const = default;
};

inline bool is_rw(const labelled_edge& e) {
  return e.label.what() == dependency::rw;
}

class dependency_graph {
 public:
  struct node {
    std::uint32_t transaction = 0;
    std::uint32_t process = 0;
    std::uint32_t invoked = 0;
    std::uint32_t returned = never;
    bool effective = true;  ///< otherwise it is not ordered by time
  };

  dependency_graph() = default;
  /// Links leave a node in the order in which `edges` has them. Loops and duplicates are ignored.
  dependency_graph(std::vector<node> nodes, const std::vector<labelled_edge>& edges,
                   const std::vector<std::vector<std::uint32_t>>& groups);

  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  const node& at(std::uint32_t n) const { return nodes_[n]; }
  std::span<const node> nodes() const { return nodes_; }
  std::span<const dependency_link> from(std::uint32_t n) const {
    return {links_.data() + first_[n], links_.data() + first_[n + 1]};
  }
  std::size_t links() const { return links_.size(); }

  std::uint32_t groups() const { return static_cast<std::uint32_t>(groups_.size()); }
  /// Ascending, each once.
  std::span<const std::uint32_t> group(std::uint32_t g) const { return groups_[g]; }

  /// Some nodes, ascending, and what is between them; renumbered from 0. `renamed` is scratch: all `never`,
  /// before and after, and as long as this graph is large.
  dependency_graph part(std::span<const std::uint32_t> chosen, std::vector<std::uint32_t>& renamed) const;

 private:
  void add_links(const std::vector<labelled_edge>& edges);
  void remove_duplicates();

  std::vector<node> nodes_;
  std::vector<std::size_t> first_;  ///< of each node's links, and one past the last
  std::vector<dependency_link> links_;
  std::vector<std::vector<std::uint32_t>> groups_;
};

}  // namespace heddle::isolation
