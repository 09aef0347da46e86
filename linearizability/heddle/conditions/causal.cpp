#include <algorithm>
#include <map>
#include <utility>

#include <heddle/conditions/causal.hpp>
#include <heddle/conditions/relation.hpp>

namespace heddle::conditions {

namespace {

class causal_check {
 public:
  causal_check(register_operations history, const register_names& names)
      : history_(history),
        names_(names),
        reads_(history, names),
        causes_(static_cast<std::uint32_t>(history.size())) {
    std::map<std::uint32_t, std::uint32_t> last;
    for (std::uint32_t i = 0; i < causes_.size(); ++i) {
      if (!reads_.counts(i)) continue;
      const auto [before, first] = last.try_emplace(history[i].process, i);
      if (!first) causes_.add(std::exchange(before->second, i), i);
      for (const std::uint32_t w : reads_.sources(i))
        if (w != no_operation) causes_.add(w, i);
    }
    direct_ = causes_;
    causes_.close();
    lasts_ = std::move(last);
  }

  /// The patterns that all three forbid.
  condition_verdict basic() const {
    if (reads_.thin_air()) return *reads_.thin_air();
    if (direct_.cyclic()) return cycle("cyclic causality", direct_);
    for (std::uint32_t r = 0; r < causes_.size(); ++r) {
      const condition_verdict v = explain_read(r, causes_);
      if (!v.holds) return v;
    }
    return {};
  }

  condition_verdict convergence() const {
    if (auto v = basic(); !v.holds) return v;
    relation order = direct_;
    add_conflicts(order, causes_, [](std::uint32_t) { return true; });
    return order.cyclic() ? cycle("conflicting orders", order) : condition_verdict{};
  }

  condition_verdict memory() const {
    if (auto v = basic(); !v.holds) return v;
    for (const auto& [process, last] : lasts_)
      if (auto v = memory_of(process, last); !v.holds) return v;
    return {};
  }

 private:
  /// Does `order` leave room for what a read returned?
  condition_verdict explain_read(std::uint32_t r, const relation& order) const {
    for (std::size_t a = 0; a < reads_.sources(r).size(); ++a) {
      const std::uint32_t source = reads_.sources(r)[a];
      for (std::uint32_t w = 0; w < order.size(); ++w) {
        if (w == source || !order.has(w, r) || !writes_key(history_[w], history_[r].accesses[a].key))
          continue;
        if (source == no_operation) return contradiction("initial read", {w, r});
        if (order.has(source, w)) return contradiction("overwritten read", {source, w, r});
      }
    }
    return {};
  }

  /// Tells how each depends on the one before; if not directly, that it does, by orders that other reads
  /// imply.
  condition_verdict contradiction(const std::string& pattern,
                                  const std::vector<std::uint32_t>& milestones) const {
    std::vector<std::uint32_t> all{milestones.front()};
    for (std::size_t i = 1; i < milestones.size(); ++i) {
      const auto path = direct_.shortest_path(milestones[i - 1], milestones[i]);
      if (path.empty()) return {false, milestones, pattern + ": " + cited(milestones, " before ")};
      all.insert(all.end(), path.begin() + 1, path.end());
    }
    return {false, all, pattern + ": " + story_of(history_, all, names_)};
  }

  std::string cited(const std::vector<std::uint32_t>& operations, const char* between) const {
    std::string text;
    for (const std::uint32_t i : operations)
      text += (text.empty() ? "" : between) + to_text(history_, i, names_);
    return text;
  }

  /// A write of the same key that comes before a read by `order` comes before the write that was read.
  template <class Counts>
  bool add_conflicts(relation& to, const relation& order, Counts&& counts) const {
    bool news = false;
    for (std::uint32_t r = 0; r < order.size(); ++r) {
      if (!counts(r)) continue;
      for (std::size_t a = 0; a < reads_.sources(r).size(); ++a) {
        const std::uint32_t source = reads_.sources(r)[a];
        for (std::uint32_t w = 0; w < order.size() && source != no_operation; ++w) {
          if (w == source || !order.has(w, r) || to.has(w, source)) continue;
          if (!writes_key(history_[w], history_[r].accesses[a].key)) continue;
          to.add(w, source);
          news = true;
        }
      }
    }
    return news;
  }

  /// What a process has to believe happened before what, to explain all its reads.
  condition_verdict memory_of(std::uint32_t process, std::uint32_t last) const {
    relation order(causes_.size());
    const auto in_past = [&](std::uint32_t i) { return i == last || causes_.has(i, last); };
    for (std::uint32_t a = 0; a < order.size(); ++a)
      for (std::uint32_t b = 0; b < order.size(); ++b)
        if (in_past(a) && in_past(b) && causes_.has(a, b)) order.add(a, b);
    relation steps = order;
    const auto own = [&](std::uint32_t r) { return history_[r].process == process && in_past(r); };
    for (bool news = true; news;) {
      relation next = order;
      news = add_conflicts(next, order, own);
      for (std::uint32_t i = 0; i < order.size(); ++i) steps.add_all(i, next, i);
      next.close();
      order = next;
    }
    if (steps.cyclic()) return cycle("conflicting orders, seen by one process", steps);
    for (std::uint32_t r = 0; r < order.size(); ++r)
      if (own(r))
        if (auto v = explain_read(r, order); !v.holds) return v;
    return {};
  }

  condition_verdict cycle(const std::string& pattern, const relation& order) const {
    condition_verdict v{false, order.shortest_cycle(), pattern + ": "};
    std::vector<std::uint32_t> round = v.operations;
    round.push_back(round.front());
    v.why += cited(round, " → ");
    return v;
  }

  register_operations history_;
  const register_names& names_;
  reads_from reads_;
  relation causes_;
  relation direct_{0};
  std::map<std::uint32_t, std::uint32_t> lasts_;  ///< by process
};

}  // namespace

condition_verdict causal_consistency(register_operations history, const register_names& names) {
  return causal_check(history, names).basic();
}

condition_verdict causal_convergence(register_operations history, const register_names& names) {
  return causal_check(history, names).convergence();
}

condition_verdict causal_memory(register_operations history, const register_names& names) {
  return causal_check(history, names).memory();
}

}  // namespace heddle::conditions
