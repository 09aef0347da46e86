// Levels and anomalies of a history in compact form: dependencies first, then the cyclic parts of their graph
// one by one.
#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <heddle/isolation/compact_history.hpp>
#include <heddle/isolation/cycle_search.hpp>
#include <heddle/isolation/dependencies.hpp>
#include <heddle/isolation/strong_components.hpp>

namespace heddle::isolation {

namespace {

bool is_rw_edge(const edge& e) {
  return e.what == dependency::rw;
}

phenomenon classify(const std::vector<edge>& cycle) {
  const auto count = std::count_if(cycle.begin(), cycle.end(), is_rw_edge);
  if (count == 0) {
    const auto wr = [](const edge& e) { return e.what == dependency::wr; };
    return std::any_of(cycle.begin(), cycle.end(), wr) ? phenomenon::g1c : phenomenon::g0;
  }
  if (count == 1) return phenomenon::g_single;
  bool adjacent = is_rw_edge(cycle.back()) && is_rw_edge(cycle.front());
  bool predicate = false;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    adjacent = adjacent || (i > 0 && is_rw_edge(cycle[i - 1]) && is_rw_edge(cycle[i]));
    predicate = predicate || (is_rw_edge(cycle[i]) && cycle[i].by_predicate);
  }
  if (!adjacent) return phenomenon::g_nonadjacent;
  return predicate ? phenomenon::g2 : phenomenon::g2_item;
}

/// What a cycle is called in plain words.
class plain_words {
 public:
  plain_words(const dependencies& all, const std::vector<labelled_edge>& cycle) : all_(all), cycle_(cycle) {}

  std::string operator()(phenomenon what) {
    switch (what) {
      case phenomenon::g0:
        return "dirty write";
      case phenomenon::g1c:
        return "circular information flow";
      case phenomenon::g_single:
        return single();
      case phenomenon::g_nonadjacent:
        return "long fork";
      case phenomenon::g2:
        return "phantom";
      default:
        break;
    }
    const auto from_reader = [&](const labelled_edge& e) { return all_.is_read_only(e.from) && is_rw(e); };
    return std::any_of(cycle_.begin(), cycle_.end(), from_reader) ? "read-only transaction anomaly"
                                                                  : "write skew";
  }

 private:
  std::string single() {
    std::rotate(cycle_.begin(), std::find_if(cycle_.begin(), cycle_.end(), is_rw), cycle_.end());
    const labelled_edge& stale = cycle_.front();
    const labelled_edge& back = cycle_.back();
    const auto only = [&](dependency d) {
      return std::all_of(cycle_.begin() + 1, cycle_.end(),
                         [d](const auto& e) { return e.label.what() == d; });
    };
    if (only(dependency::realtime)) return "stale read";
    if (only(dependency::session)) return "own earlier write not read";
    if (stale.label.by_predicate()) return "phantom";
    const bool same_key = back.label.key() == stale.label.key();
    const dependency closing = back.label.what();
    if (closing == dependency::session && cycle_.size() == 3 && cycle_[1].label.what() == dependency::wr)
      return "reads went back in time";
    if (closing != dependency::wr)
      return cycle_.size() == 2 && same_key                ? "lost update"
             : closing != dependency::ww && is_read_only() ? "stale read"
                                                           : "write after stale read";
    if (cycle_.size() == 2 && same_key) return "fuzzy read";
    return all_.step_of(back) <= all_.step_of(stale) ? "fractured read" : "read skew";
  }

  /// Does the transaction that read the past only read?
  bool is_read_only() const { return all_.is_read_only(cycle_.front().from); }

  const dependencies& all_;
  std::vector<labelled_edge> cycle_;
};

using participants = std::vector<std::uint32_t>;

participants participants_of(const anomaly& a) {
  participants all;
  for (const edge& e : a.cycle) all.insert(all.end(), {e.from, e.to});
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

/// Drops an anomaly where one at least as grave was found among the same transactions or some of them.
class minimal_anomalies {
 public:
  explicit minimal_anomalies(std::vector<anomaly> all) {
    std::vector<found> sorted;
    for (anomaly& a : all) sorted.push_back({participants_of(a), std::move(a)});
    const auto rank = [](const found& f) {
      return std::tuple(f.what.realtime, f.what.session, f.what.what, f.who.size(), std::cref(f.who).get());
    };
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const found& a, const found& b) { return rank(a) < rank(b); });
    for (found& f : sorted)
      if (!is_covered(f)) keep(std::move(f));
  }

  std::vector<anomaly> take() {
    std::vector<anomaly> result;
    for (found& f : kept_) result.push_back(std::move(f.what));
    return result;
  }

 private:
  struct found {
    participants who;
    anomaly what;
  };

  bool is_covered(const found& f) const {
    const auto covers = [&](std::size_t k) {
      const found& known = kept_[k];
      const bool other_words = known.what.what == f.what.what && known.what.realtime == f.what.realtime &&
                               known.what.session == f.what.session && known.what.plain != f.what.plain;
      return std::includes(f.who.begin(), f.who.end(), known.who.begin(), known.who.end()) &&
             !(known.who == f.who && other_words);
    };
    return std::any_of(f.who.begin(), f.who.end(), [&](std::uint32_t t) {
      const auto at = by_first_.find(t);
      return at != by_first_.end() && std::any_of(at->second.begin(), at->second.end(), covers);
    });
  }

  void keep(found f) {
    by_first_[f.who.front()].push_back(kept_.size());
    kept_.push_back(std::move(f));
  }

  std::vector<found> kept_;
  std::map<std::uint32_t, std::vector<std::size_t>> by_first_;  ///< by the first participant
};

void expect_sessions(std::span<const compact_transaction> all) {
  std::vector<std::uint32_t> order(all.size());
  for (std::uint32_t t = 0; t < order.size(); ++t) order[t] = t;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    return std::tuple(all[a].process, all[a].invoked, a) < std::tuple(all[b].process, all[b].invoked, b);
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const compact_transaction& before = all[order[i - 1]];
    const compact_transaction& next = all[order[i]];
    if (before.process != next.process || before.returned == never || before.returned < next.invoked)
      continue;
    throw std::invalid_argument("transaction " + std::to_string(order[i]) + " of process " +
                                std::to_string(next.process) + " begins before transaction " +
                                std::to_string(order[i - 1]) + " has returned");
  }
}

}  // namespace

/// One run of analyse().
class analysis {
 public:
  analysis(const compact_history& history, const analysis_options& options)
      : history_(history), options_(options), dependencies_(history), budget_(options.max_search_steps) {}

  findings run() {
    if (options_.sessions) expect_sessions(history_.transactions);
    result_.anomalies_ = history_.found;
    for (anomaly& a : dependencies_.take_found()) result_.anomalies_.push_back(std::move(a));
    assume_levels();
    const dependency_graph& whole = dependencies_.graph();
    std::vector<std::uint32_t> renamed(whole.size(), never);
    for (const auto& circle : strong_components(whole, {.time = time_order::realtime}).circles()) {
      part_ = whole.part(circle, renamed);
      examine(time_order::none);
      if (options_.sessions) examine(time_order::session);
      examine(time_order::realtime);
    }
    result_.anomalies_ = minimal_anomalies(std::move(result_.anomalies_)).take();
    return std::move(result_);
  }

 private:
  struct start {
    std::uint32_t from;
    dependency_link link;
  };

  void set(level l, bool holds) { result_.satisfied_[static_cast<std::size_t>(l)] = holds; }

  /// What holds if there is no cycle.
  void assume_levels() {
    const bool clean = std::none_of(result_.anomalies_.begin(), result_.anomalies_.end(),
                                    [](const anomaly& a) { return a.what <= phenomenon::g1b; });
    const bool kept = clean && !dependencies_.lost_update();
    for (std::size_t l = 0; l < level_count; ++l) set(static_cast<level>(l), kept);
    set(level::read_committed, clean);
    if (options_.sessions) return;
    set(level::strong_session_snapshot_isolation, false);
    set(level::strong_session_serializable, false);
  }

  /// Looks for the cycles of one cyclic part that need an order in time, or that need none.
  void examine(time_order time) {
    const bool bare = time == time_order::none;
    const level snapshot = bare                          ? level::snapshot_isolation
                           : time == time_order::session ? level::strong_session_snapshot_isolation
                                                         : level::strong_snapshot_isolation;
    const level serial = bare                          ? level::serializable
                         : time == time_order::session ? level::strong_session_serializable
                                                       : level::strict_serializable;
    look({.wr = false, .rw = false, .time = time}, dependency::ww, walk_rule::any);
    if (look({.rw = false, .time = time}, dependency::wr, walk_rule::any) && bare)
      set(level::read_committed, false);
    if (look({.time = time, .rw_apart = true}, dependency::rw, walk_rule::rw_apart)) set(snapshot, false);
    if (look({.predicate_rw = false, .time = time}, dependency::rw, walk_rule::rw_pair_at_start) && bare)
      set(level::repeatable_read, false);
    if (look({.time = time}, dependency::rw, walk_rule::rw_pair_at_start)) set(serial, false);
  }

  /// Searches for cycles that begin with a given kind of dependency. True if the view has any circle.
  bool look(const graph_view& view, dependency kind, walk_rule rule) {
    const strong_components components(part_, view);
    if (!components.cyclic()) return false;
    const std::vector<start> starts = starts_of(components, view, kind);
    if (starts.empty()) return true;
    cycle_search search(part_, view);
    const std::uint64_t share = budget_ / 4;
    const std::uint64_t limit = std::max<std::uint64_t>(1'000, share / 1'024);
    const std::size_t stride = starts.size() <= 4'096 ? 1 : starts.size() / 1'024;
    bool explained = false;
    bool gave_up = false;
    std::uint64_t spent = 0;
    for (std::size_t offset = 0; offset < stride; ++offset) {
      for (std::size_t i = offset; i < starts.size(); i += stride) {
        auto walk = search.shortest(starts[i].from, starts[i].link, rule, limit);
        spent += search.steps();
        gave_up = gave_up || search.gave_up() || spent > share;
        explained = explained || !walk.empty();
        const bool hides_single =
            rule == walk_rule::rw_apart && std::count_if(walk.begin(), walk.end(), is_rw) > 1;
        report(std::move(walk), view.time);
        if (hides_single) {
          report(search.shortest(starts[i].from, starts[i].link, walk_rule::rw_once, limit), view.time);
          spent += search.steps();
        }
        if (spent > share) break;
      }
      if (spent > share) break;
    }
    budget_ -= std::min(budget_, spent);
    if (!gave_up) return true;
    result_.complete_ = false;
    if (explained) return true;
    const walk_rule possible = rule == walk_rule::rw_pair_at_start ? walk_rule::any : rule;
    report(simple_cycle(search.shortest(starts[0].from, starts[0].link, possible, never)), view.time);
    return true;
  }

  std::vector<start> starts_of(const strong_components& components, const graph_view& view,
                               dependency kind) const {
    std::vector<start> starts;
    for (std::uint32_t n = 0; n < part_.size(); ++n) {
      for (const dependency_link& l : part_.from(n)) {
        if (l.label.what() != kind || !view.has(l.label)) continue;
        const auto on_circle = [&](std::uint32_t to) {
          return to != n && components.on_circle({n, to, l.label});
        };
        const auto members = l.label.to_group() ? part_.group(l.to) : std::span(&l.to, 1);
        if (std::any_of(members.begin(), members.end(), on_circle)) starts.push_back({n, l});
      }
    }
    return starts;
  }

  void report(std::vector<labelled_edge> cycle, time_order time) {
    const auto has = [&](dependency d) {
      return std::any_of(cycle.begin(), cycle.end(), [d](const auto& e) { return e.label.what() == d; });
    };
    const bool session = has(dependency::session);
    const bool realtime = has(dependency::realtime);
    if (cycle.empty() || session != (time == time_order::session) ||
        realtime != (time == time_order::realtime) || !is_simple(cycle))
      return;
    std::vector<edge> described;
    for (labelled_edge& e : cycle) {
      e.from = part_.at(e.from).transaction;
      e.to = part_.at(e.to).transaction;
      described.push_back(dependencies_.describe(e));
    }
    const phenomenon what = classify(described);
    std::string plain = plain_words(dependencies_, cycle)(what);
    result_.anomalies_.push_back({what, realtime, std::move(plain), std::move(described), session});
  }

  static bool is_simple(const std::vector<labelled_edge>& cycle) {
    std::vector<std::uint32_t> nodes;
    for (const labelled_edge& e : cycle) nodes.push_back(e.from);
    std::sort(nodes.begin(), nodes.end());
    return std::adjacent_find(nodes.begin(), nodes.end()) == nodes.end();
  }

  const compact_history& history_;
  const analysis_options options_;
  dependencies dependencies_;
  std::uint64_t budget_;
  dependency_graph part_;
  findings result_;
};

findings analyse(compact_history history, const analysis_options& options) {
  return analysis(history, options).run();
}

}  // namespace heddle::isolation
