#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <heddle/contracts/isolation_judge.hpp>
#include <heddle/contracts/transactions.hpp>
#include <heddle/generators/contract_definition.hpp>
#include <heddle/generators/linearizable.hpp>
#include <heddle/generators/program.hpp>
#include <heddle/isolation/isolation.hpp>
#include <heddle/linearizability/model_space.hpp>
#include <heddle/models/mvcc_read_committed.hpp>

namespace heddle::contracts::transactions {
namespace {

namespace lin = linearizability;
namespace iso = isolation;
using end_status = models::mvcc_serializable::status;

// `transaction` and `final_read` (transactional_contract.hpp).
constexpr std::uint16_t transaction_operations = 2;

bool is_transaction(const recorded_call& c) {
  return c.operation < transaction_operations;
}

const script& script_of(const recorded_call& c) {
  return std::get<0>(*static_cast<const std::tuple<script>*>(c.with.get()));
}

/// Null if the call did not return a value.
const outcome* outcome_of(const recorded_call& c) {
  return c.seen.what == observation::kind::returned ? static_cast<const outcome*>(c.seen.result.get())
                                                    : nullptr;
}

bool has_failed(const recorded_call& c) {
  const outcome* o = outcome_of(c);
  return o != nullptr && (o->end() == end_status::deadlock || o->end() == end_status::serialization_failure);
}

std::string name_of(iso::key_id key) {
  return to_text(to_value(static_cast<row>(key)));
}

std::string label(std::size_t number) {
  return "T" + std::to_string(number);
}

// --- The dependency graph

/// The history as isolation.hpp wants it.
struct white_box_history {
  bool told = false;  ///< the store said what it read and wrote
  std::vector<iso::transaction> transactions;
  std::vector<std::uint32_t> call_of;  ///< per transaction
  iso::version_orders orders;
};

class graph_builder {
 public:
  explicit graph_builder(const recorded_history& history) {
    for (std::uint32_t i = 0; i < history.calls.size(); ++i)
      if (is_transaction(history.calls[i])) calls_.push_back({i, &history.calls[i]});
  }

  white_box_history build() {
    for (const auto& [index, c] : calls_) index_versions(*c);
    for (const auto& [index, c] : calls_) add_transaction(index, *c);
    add_lost_writers();
    order_versions();
    return std::move(result_);
  }

 private:
  struct version_key {
    std::int64_t key = 0;
    version id{};
    auto operator<=>(const version_key&) const = default;
  };
  struct written {
    version_key what;
    version replaced;
    std::optional<std::int64_t> value;  // none: deleted, or not known
  };

  void index_versions(const recorded_call& c) {
    const outcome* o = outcome_of(c);
    if (o == nullptr) return;
    for (std::size_t i = 0; i < o->accesses.size(); ++i) {
      for (const access& a : o->accesses[i]) {
        if (a.what == access::kind::range) continue;
        keys_.insert(a.key);
        if (a.what != access::kind::write) continue;
        ids_.try_emplace({a.key, a.seen}, static_cast<iso::version_id>(versions_.size()));
        versions_.push_back({{a.key, a.seen}, a.replaced, value_written(c, *o, i)});
      }
    }
  }

  static std::optional<std::int64_t> value_written(const recorded_call& c, const outcome& o, std::size_t i) {
    const auto s = to_model(script_of(c).statements[i]);
    if (s.what == models::mvcc_serializable::statement::kind::put) return s.operand;
    if (i < o.result.seen.size() && !o.result.seen[i].empty()) return o.result.seen[i].front().value;
    return std::nullopt;
  }

  void add_transaction(std::uint32_t index, const recorded_call& c) {
    iso::transaction t{.process = c.process, .invoked = c.invoked, .returned = c.returned};
    const outcome* o = outcome_of(c);
    if (o == nullptr) {
      t.end = iso::status::unknown;
    } else {
      result_.told = result_.told || !o->accesses.empty();
      t.end = o->end() == end_status::committed ? iso::status::committed : iso::status::aborted;
      for (std::size_t i = 0; i < o->accesses.size(); ++i)
        add_events(o->accesses[i], script_of(c).statements[i], t.events);
    }
    result_.transactions.push_back(std::move(t));
    result_.call_of.push_back(index);
  }

  void add_events(const std::vector<access>& accesses, const statement& s, std::vector<iso::event>& to) {
    const bool ranges = !accesses.empty() && accesses.front().what == access::kind::range;
    if (ranges) return to.push_back(predicate(accesses, std::get<scan>(s)));
    for (const access& a : accesses) {
      const iso::version_id id = id_of(a.key, a.seen);
      to.push_back(a.what == access::kind::write ? iso::event::write(a.key, id)
                                                 : iso::event::read(a.key, id));
    }
  }

  iso::event predicate(const std::vector<access>& accesses, const scan& s) {
    iso::predicate_read read;
    const access& range = accesses.front();
    for (auto key = keys_.lower_bound(range.key); key != keys_.end() && *key <= range.last; ++key) {
      const auto seen =
          std::find_if(accesses.begin() + 1, accesses.end(), [&](const access& a) { return a.key == *key; });
      read.covered.push_back({*key, seen == accesses.end() ? iso::initial_version : id_of(*key, seen->seen)});
    }
    for (const written& v : versions_)
      if (v.value && *v.value >= s.least) read.matching.push_back(ids_.at(v.what));
    return iso::event::scan(std::move(read));
  }

  iso::version_id id_of(std::int64_t key, const version& v) {
    if (v == version()) return iso::initial_version;
    const auto [at, lost] = ids_.try_emplace({key, v}, static_cast<iso::version_id>(ids_.size()));
    if (lost) lost_.emplace_back(at->first, at->second);
    return at->second;
  }

  /// Whoever wrote what was read, yet did not live to tell.
  void add_lost_writers() {
    for (const auto& [what, id] : lost_) {
      result_.transactions.push_back(
          {.end = iso::status::unknown, .events = {iso::event::write(what.key, id)}});
      result_.call_of.push_back(not_returned);
    }
  }

  /// Every version names the one that it replaced: a tree, a path among the versions that stayed.
  void order_versions() {
    std::map<version_key, std::vector<iso::version_id>> successors;
    for (std::uint32_t id = 0; id < versions_.size(); ++id)
      successors[{versions_[id].what.key, versions_[id].replaced}].push_back(id);
    for (const std::int64_t key : keys_) {
      std::vector<iso::version_id>& order = result_.orders[key];
      std::vector<version_key> next{{key, version()}};
      while (!next.empty()) {
        const version_key last = next.back();
        next.pop_back();
        const auto found = successors.find(last);
        if (found == successors.end()) continue;
        for (const iso::version_id id : found->second) {
          order.push_back(id);
          next.push_back(versions_[id].what);
        }
      }
    }
  }

  std::vector<std::pair<std::uint32_t, const recorded_call*>> calls_;
  std::set<std::int64_t> keys_;
  std::map<version_key, iso::version_id> ids_;
  std::vector<written> versions_;  // by id
  std::vector<std::pair<version_key, iso::version_id>> lost_;
  white_box_history result_;
};

struct graph {
  white_box_history history;
  iso::findings found;
};

std::optional<graph> analyse(const recorded_history& history) {
  graph g{graph_builder(history).build(), {}};
  if (!g.history.told) return std::nullopt;
  g.found = iso::analyse(g.history.transactions, g.history.orders);
  return g;
}

/// "write skew (G2-item)".
std::string classical_name(const iso::anomaly& a) {
  return a.plain + " (" + iso::name(a) + ")";
}

// --- Explaining

/// Lines for people about one anomaly; transactions are numbered in the order of the cycle.
class anomaly_story {
 public:
  anomaly_story(const contract_definition& contract, const recorded_history& history, const graph& g,
                const iso::anomaly& a)
      : contract_(contract), history_(history), graph_(g), anomaly_(a) {
    for (const iso::edge& e : a.cycle) {
      number(e.from);
      number(e.to);
    }
  }

  std::string cycle() const {
    std::string text = label_of(anomaly_.cycle.front().from);
    for (const iso::edge& e : anomaly_.cycle) text += " —" + kind(e) + "→ " + label_of(e.to);
    return text;
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> all{classical_name(anomaly_) + ": " + cycle()};
    for (const iso::edge& e : anomaly_.cycle) all.push_back(in_words(e));
    for (const std::uint32_t t : order_) all.push_back(label_of(t) + " is " + describe(t));
    return all;
  }

  /// The call that returned last, with which the anomaly was complete.
  std::uint32_t culprit() const {
    std::uint32_t last = not_returned;
    for (const std::uint32_t t : order_) {
      const std::uint32_t call = graph_.history.call_of[t];
      if (call == not_returned || history_.calls[call].returned == not_returned) continue;
      if (last == not_returned || history_.calls[call].returned > history_.calls[last].returned) last = call;
    }
    return last;
  }

 private:
  void number(std::uint32_t t) {
    if (std::find(order_.begin(), order_.end(), t) == order_.end()) order_.push_back(t);
  }

  std::string label_of(std::uint32_t t) const {
    return label(static_cast<std::size_t>(std::find(order_.begin(), order_.end(), t) - order_.begin()) + 1);
  }

  static std::string kind(const iso::edge& e) {
    if (!e.key) return "before";
    const char* name = e.what == iso::dependency::ww ? "ww " : e.what == iso::dependency::wr ? "wr " : "rw ";
    return name + name_of(*e.key);
  }

  std::string in_words(const iso::edge& e) const {
    const std::string from = label_of(e.from);
    const std::string to = label_of(e.to);
    if (!e.key) return from + " had returned before " + to + " began";
    const std::string key = name_of(*e.key);
    if (e.what == iso::dependency::ww) return to + " overwrote the " + key + " of " + from;
    if (e.what == iso::dependency::wr) return to + " saw the " + key + " of " + from;
    return from + " did not see the " + key + " of " + to;
  }

  std::string describe(std::uint32_t t) const {
    const std::uint32_t call = graph_.history.call_of[t];
    if (call == not_returned) return "a transaction of unknown outcome";
    const recorded_call& c = history_.calls[call];
    std::string text = describe_call(contract_, c.operation, c.with);
    if (c.process != main_process) text += " of " + describe_process(history_, c.process);
    return text + " → " + to_text(contract_.operation_of(c).describe_result(c.seen));
  }

  const contract_definition& contract_;
  const recorded_history& history_;
  const graph& graph_;
  const iso::anomaly& anomaly_;
  std::vector<std::uint32_t> order_;
};

bool is_pl2(const iso::anomaly& a) {
  return a.what <= iso::phenomenon::g1c && !a.realtime;
}

bool is_pl_si(const iso::anomaly& a) {
  return a.what <= iso::phenomenon::g_nonadjacent;
}

bool is_any(const iso::anomaly&) {
  return true;
}

bool is_lost_update(const iso::anomaly& a) {
  return a.plain == "lost update";
}

/// The gravest anomaly of a class, in names and words. False if there is none.
template <class Forbids>
bool tell(judgement& j, const contract_definition& contract, const recorded_history& history, const graph& g,
          const Forbids& forbids) {
  const auto& all = g.found.anomalies();
  const auto worst = std::find_if(all.begin(), all.end(), forbids);
  if (worst == all.end()) return false;
  const anomaly_story story(contract, history, g, *worst);
  j.anomaly = classical_name(*worst);
  j.reasons = story.lines();
  j.culprit = story.culprit();
  j.culprit_note = j.anomaly;
  return true;
}

// --- Failing alone

bool overlap(const recorded_call& a, const recorded_call& b) {
  return a.invoked < b.returned && b.invoked < a.returned;
}

void judge_failures(judgement& j, const recorded_history& history) {
  for (std::uint32_t i = 0; i < history.calls.size(); ++i) {
    const recorded_call& c = history.calls[i];
    if (!is_transaction(c) || !has_failed(c)) continue;
    const bool alone = std::none_of(history.calls.begin(), history.calls.end(), [&](const recorded_call& o) {
      return &o != &c && is_transaction(o) && overlap(c, o);
    });
    if (!alone) continue;
    j.holds = false;
    j.anomaly = "needless failure";
    j.culprit = i;
    j.culprit_note = "failed although no other transaction was running";
    j.reasons.push_back(j.culprit_note);
    return;
  }
}

/// What the model said, and then what the graph says of a level.
template <class Forbids>
void judge_graph(judgement& j, const contract_definition& contract, const recorded_history& history,
                 iso::level promised, bool explain, const Forbids& forbids) {
  if (!j.holds && !explain) return;
  const auto g = analyse(history);
  if (!g) return;
  j.holds = j.holds && g->found.satisfies(promised);
  if (!j.holds && explain) tell(j, contract, history, *g, forbids);
  if (!j.holds) return;
  for (const iso::anomaly& a : g->found.anomalies()) j.reached.insert(classical_name(a));
}

// --- Read committed, statement by statement

class statement_search {
 public:
  explicit statement_search(const recorded_history& history) : history_(history), space_({}) {
    for (std::uint32_t i = 0; i < history.calls.size(); ++i)
      if (is_transaction(history.calls[i])) add_transaction(i);
  }

  judgement run(bool explain) {
    static lin::checker checker;  // exploration is single-threaded and asks often: its memory is reused
    const lin::verdict v = checker.check(actions_, space_, {.explain = explain});
    judgement j;
    j.holds = v.result != lin::outcome::violation;
    j.decided = v.result != lin::outcome::unknown;
    if (j.holds || !explain || v.culprit == lin::never) return j;
    j.culprit = places_[v.culprit].call;
    j.culprit_note = describe(places_[v.culprit]);
    j.reasons.push_back(j.culprit_note);
    if (is_locking(places_[v.culprit])) j.anomaly = "stale read after waiting for a row";
    return j;
  }

 private:
  using model = models::mvcc_read_committed;

  struct place {
    std::uint32_t call = 0;
    std::uint32_t statement = 0;  // their number: the end
  };

  void add_transaction(std::uint32_t index) {
    const recorded_call& c = history_.calls[index];
    const auto steps = std::make_shared<const model::script>(to_model(script_of(c)));
    const outcome* o = outcome_of(c);
    const bool commits = o == nullptr ? !steps->roll_back : o->end() == end_status::committed;
    const auto end = static_cast<std::uint32_t>(steps->statements.size());
    std::uint32_t before = lin::never;
    for (std::uint32_t i = commits ? 0 : end; i <= end; ++i) {
      const lin::symbol_id symbol = space_.add_symbol([&c, steps, i, end](const model& from,
                                                                          std::vector<model>& successors) {
        model next = from;
        const auto seen = observed_by_client(c);
        if (i == end ? next.finish({c.process}, *steps, seen) : next.statement({c.process}, *steps, i, seen))
          successors.push_back(std::move(next));
      });
      const bool returned = c.returned != not_returned;
      actions_.push_back({symbol, 2 * c.invoked, returned ? 2 * c.returned : lin::never,
                          returned ? lin::obligation::required : lin::obligation::optional, before, 0});
      before = static_cast<std::uint32_t>(places_.size());
      places_.push_back({index, i});
    }
  }

  static observed<outcome::seen_by_client> observed_by_client(const recorded_call& c) {
    using view = observed<outcome::seen_by_client>;
    if (c.seen.what == observation::kind::threw) return view::threw(c.seen.exception);
    const outcome* o = outcome_of(c);
    return o == nullptr ? view::nothing() : view::returned(o->result);
  }

  bool is_locking(const place& p) const {
    const auto& statements = script_of(history_.calls[p.call]).statements;
    return p.statement < statements.size() && to_model(statements[p.statement]).locks();
  }

  std::string describe(const place& p) const {
    const auto& statements = script_of(history_.calls[p.call]).statements;
    if (p.statement == statements.size()) return "no moment explains how this transaction ended";
    return "no committed state explains what " + to_text(to_value(statements[p.statement])) + " returned";
  }

  const recorded_history& history_;
  lin::model_space<model> space_;
  std::vector<lin::action> actions_;
  std::vector<place> places_;  // by action
};

}  // namespace

judgement judge_strict_serializability(const contract_definition& contract, const recorded_history& history,
                                       bool explain) {
  judgement j = judge_linearizable(contract, history, explain);
  if (!j.holds && explain)
    if (const auto g = analyse(history)) tell(j, contract, history, *g, is_any);
  if (j.holds) judge_failures(j, history);
  return j;
}

judgement judge_snapshot_isolation(const contract_definition& contract, const recorded_history& history,
                                   bool explain) {
  judgement j = judge_linearizable(contract, history, explain);
  judge_graph(j, contract, history, iso::level::strong_snapshot_isolation, explain, is_pl_si);
  if (j.holds) judge_failures(j, history);
  return j;
}

judgement judge_read_committed(const contract_definition& contract, const recorded_history& history,
                               bool explain) {
  judgement j = statement_search(history).run(explain);
  judge_graph(j, contract, history, iso::level::read_committed, explain, is_pl2);
  if (!j.holds && explain && j.anomaly.empty()) {
    // Allowed by get and put, so not PL-2's concern; but here the model does not permit it.
    if (const auto g = analyse(history)) tell(j, contract, history, *g, is_lost_update);
  }
  if (j.holds) judge_failures(j, history);
  return j;
}

}  // namespace heddle::contracts::transactions
