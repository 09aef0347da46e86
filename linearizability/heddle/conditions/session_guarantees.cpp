#include <algorithm>
#include <map>

#include <heddle/conditions/relation.hpp>
#include <heddle/conditions/session_guarantees.hpp>

namespace heddle::conditions {

namespace {

class session_check {
 public:
  session_check(register_operations history, const session_guarantees& chosen, const register_names& names)
      : history_(history),
        chosen_(chosen),
        names_(names),
        reads_(history, names),
        seen_(static_cast<std::uint32_t>(history.size())),
        order_(seen_.size()) {
    number_processes();
  }

  condition_verdict run() {
    if (reads_.thin_air()) return *reads_.thin_air();
    while (grow()) {
    }
    for (std::uint32_t i = 0; i < seen_.size(); ++i)
      if (!history_[i].writes)
        if (auto misfit = order_by_read(i)) return *misfit;
    order_by_sessions();
    return order_.cyclic() ? explain(order_.shortest_cycle()) : condition_verdict{};
  }

 private:
  void number_processes() {
    for (const register_operation& o : history_)
      numbers_.try_emplace(o.process, static_cast<std::uint32_t>(numbers_.size()));
  }

  /// One round of the rules; true if there was anything new. `seen_` of a read is what it sees, of a write
  /// what comes with it.
  bool grow() {
    bool news = false;
    relation own(seen_.size());   // by process: its writes so far, and what comes with them
    relation read(seen_.size());  // by process: what its reads have seen so far
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
      if (!reads_.counts(i)) continue;
      const std::uint32_t p = numbers_.at(history_[i].process);
      if (history_[i].writes) {
        if (chosen_.monotonic_writes) news = seen_.add_all(i, own, p) || news;
        if (chosen_.writes_follow_reads) news = seen_.add_all(i, read, p) || news;
        own.add(p, i);
        own.add_all(p, seen_, i);
        continue;
      }
      for (const std::uint32_t w : reads_.sources(i)) {
        if (w == no_operation) continue;
        news = news || !seen_.has(i, w);
        seen_.add(i, w);
        news = seen_.add_all(i, seen_, w) || news;
      }
      if (chosen_.read_your_writes) news = seen_.add_all(i, own, p) || news;
      if (chosen_.monotonic_reads) news = seen_.add_all(i, read, p) || news;
      read.add_all(p, seen_, i);
    }
    return news;
  }

  /// Of the writes of a key that a read sees, the one it returned is the last.
  std::optional<condition_verdict> order_by_read(std::uint32_t r) {
    for (std::size_t a = 0; a < history_[r].accesses.size(); ++a) {
      const std::uint32_t source = reads_.sources(r)[a];
      std::uint32_t missed = no_operation;
      seen_.for_each(r, [&](std::uint32_t w) {
        if (w == source || !writes_key(history_[w], history_[r].accesses[a].key)) return;
        if (source == no_operation) {
          missed = w;
        } else {
          add_order(w, source, r);
        }
      });
      if (missed == no_operation) continue;
      const std::vector<std::uint32_t> why = why_seen(r, missed);
      return condition_verdict{false, why, story_of(history_, why, names_)};
    }
    return std::nullopt;
  }

  void order_by_sessions() {
    relation read(seen_.size());
    std::vector<std::uint32_t> last(numbers_.size(), no_operation);
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
      if (!reads_.counts(i)) continue;
      const std::uint32_t p = numbers_.at(history_[i].process);
      if (!history_[i].writes) {
        read.add_all(p, seen_, i);
        continue;
      }
      if (chosen_.monotonic_writes && last[p] != no_operation) add_order(last[p], i, i);
      if (chosen_.writes_follow_reads) read.for_each(p, [&](std::uint32_t w) { add_order(w, i, i); });
      last[p] = i;
    }
  }

  void add_order(std::uint32_t before, std::uint32_t after, std::uint32_t because) {
    order_.add(before, after);
    reasons_.try_emplace({before, after}, because);
  }

  /// From a write to what has to see it, by the rules one by one.
  std::vector<std::uint32_t> why_seen(std::uint32_t who, std::uint32_t write) const {
    relation rules(seen_.size());
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
      if (!reads_.counts(i)) continue;
      for (const std::uint32_t w : reads_.sources(i))
        if (w != no_operation) rules.add(i, w);
      for (std::uint32_t earlier = 0; earlier < i; ++earlier) {
        if (history_[earlier].process != history_[i].process || !reads_.counts(earlier)) continue;
        if (carries(history_[earlier].writes, history_[i].writes)) rules.add(i, earlier);
      }
    }
    std::vector<std::uint32_t> path = rules.shortest_path(who, write);
    std::reverse(path.begin(), path.end());
    return path;
  }

  /// Does an operation bring along what an earlier one of its process did, or saw?
  bool carries(bool earlier_writes, bool later_writes) const {
    if (later_writes) return earlier_writes ? chosen_.monotonic_writes : chosen_.writes_follow_reads;
    return earlier_writes ? chosen_.read_your_writes : chosen_.monotonic_reads;
  }

  condition_verdict explain(const std::vector<std::uint32_t>& cycle) const {
    if (cycle.size() == 1) {  // a process had read what followed from its write
      const std::vector<std::uint32_t> round = why_seen(cycle.front(), cycle.front());
      return {false, round, "cyclic causality: " + story_of(history_, round, names_)};
    }
    condition_verdict v{false, cycle, "no order of the writes explains what was read:"};
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const std::uint32_t before = cycle[i];
      const std::uint32_t after = cycle[(i + 1) % cycle.size()];
      v.why += (i > 0 ? ", yet " : " ") + to_text(history_, before, names_) + " before " +
               to_text(history_, after, names_) + why_before(before, after);
      const std::uint32_t because = reasons_.at({before, after});
      if (because != after) v.operations.push_back(because);
    }
    return v;
  }

  std::string why_before(std::uint32_t before, std::uint32_t after) const {
    const std::uint32_t because = reasons_.at({before, after});
    if (because != after) return " (" + to_text(history_, because, names_) + ", having to see both)";
    return history_[before].process == history_[after].process ? "" : " (which had seen that)";
  }

  register_operations history_;
  session_guarantees chosen_;
  const register_names& names_;
  reads_from reads_;
  std::map<std::uint32_t, std::uint32_t> numbers_;  ///< of processes
  relation seen_;
  relation order_;  ///< of writes
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> reasons_;
};

}  // namespace

condition_verdict check_sessions(register_operations history, const session_guarantees& chosen,
                                 const register_names& names) {
  return session_check(history, chosen, names).run();
}

}  // namespace heddle::conditions
