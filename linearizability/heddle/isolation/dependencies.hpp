// The dependencies between the transactions of a history, and the anomalies that show without a cycle.
//
// Source: Adya 1999, sections 4.4.1 (ww, wr, rw of items) and 5.1 (of predicates).
//
// Complexity: O(n log n) for n steps, plus, for predicate reads, O(versions of the keys covered).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <heddle/isolation/compact_history.hpp>
#include <heddle/isolation/dependency_graph.hpp>

namespace heddle::isolation {

class dependencies {
 public:
  /// The history must outlive the object.
  explicit dependencies(const compact_history& history);

  const dependency_graph& graph() const { return graph_; }
  /// Lost updates on keys whose order is not known, and what no level allows.
  std::vector<anomaly> take_found() { return std::move(found_); }
  bool lost_update() const { return lost_update_; }

  edge describe(const labelled_edge& e) const;
  bool is_read_only(std::uint32_t transaction) const;
  /// Which step of the transaction that reads gives this wr or rw edge, counted from 0.
  std::size_t step_of(const labelled_edge& e) const;

 private:
  /// What comes right after a version (or after the initial one of a key).
  struct successor {
    std::uint32_t id = never;  ///< a version, or the number of a group
    bool is_group = false;
  };

  void install();
  void install(std::uint32_t key);
  bool counts(std::uint32_t version) const;
  void add_successors();
  void set_successors(std::uint32_t slot, std::span<const std::uint32_t> next);
  std::size_t slot_of(std::uint32_t key, std::uint32_t version) const;

  /// Calls sink(edge, step) for the edges that come from a transaction's reads.
  template <class Sink>
  void derive_read_edges(std::uint32_t reader, Sink&& sink) const;
  template <class Sink>
  void read_item(std::uint32_t reader, std::uint32_t key, std::uint32_t version, Sink&& sink) const;
  template <class Sink>
  void read_predicate(std::uint32_t reader, const compact_predicate& read, Sink&& sink) const;
  template <class Sink>
  void read_absence(std::uint32_t reader, const compact_predicate::seen& seen,
                    const std::vector<std::uint32_t>& matching, Sink&& sink) const;

  void build_graph();
  void inspect_reads(std::uint32_t reader);
  void inspect_read(std::uint32_t reader, std::uint32_t key, std::uint32_t version, std::uint32_t own);
  void find_lost_updates();
  void report(phenomenon what, const char* plain, const labelled_edge& e);

  const compact_history& history_;
  std::vector<bool> effective_;
  std::vector<std::vector<std::uint32_t>> installed_;  ///< by key, in their order
  std::vector<std::uint32_t> position_;                ///< of each version among the installed, or never
  std::vector<successor> successors_;                  ///< by slot
  std::vector<std::vector<std::uint32_t>> groups_;     ///< the writers, ascending
  std::vector<labelled_edge> edges_;                   ///< until the graph is built
  dependency_graph graph_;
  std::vector<anomaly> found_;
  bool lost_update_ = false;

  struct last_write {
    std::uint32_t writer = never;
    std::uint32_t version = 0;
  };
  std::vector<last_write> own_;  ///< by key: the version last written by the transaction that is inspected
};

}  // namespace heddle::isolation
