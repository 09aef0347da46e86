#include <algorithm>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <variant>
#include <vector>

#include <heddle/isolation/list_append.hpp>
#include <heddle/isolation/registers.hpp>
#include <heddle/recorded/transactions.hpp>

namespace heddle::recorded {

namespace {

/// Numbers for keys and values: small integers are their own, others come after by their ids.
constexpr std::int64_t first_other = std::int64_t{1} << 62;

std::int64_t number_of(history& h, const value& v) {
  constexpr std::int64_t most = first_other - 1;
  if (v.is(value::kind::integer) && v.as_integer() <= most && v.as_integer() >= -most) return v.as_integer();
  return first_other + h.intern(v);
}

std::string number_text(const history& h, std::int64_t number) {
  return number < first_other ? std::to_string(number)
                              : to_text(h.at(static_cast<value_id>(number - first_other)));
}

/// The dependencies cannot be told.
struct not_telling {
  std::uint32_t entry = 0;
  std::string expected;
  std::string found;
  bool completed = false;
};

using isolation::status;

class translation {
 public:
  translation(const transaction_notation& notation, history& h) : notation_(notation), history_(h) {
    if (notation.data == transaction_data::registers) all_.emplace<isolation::register_history>();
  }

  /// Throws not_telling.
  judgement run(const judge_options& options) {
    judgement j;
    j.method = "dependency graph";
    const auto entries = history_.entries();
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      const entry& e = entries[i];
      ++(e.end == outcome::ok ? j.counts.ok : e.end == outcome::fail ? j.counts.failed : j.counts.unknown);
      add(i, e);
    }
    j.judged = j.counts.ok + j.counts.unknown;
    j.isolation = {options.level, analyse(options)};
    conclude(j, options);
    return j;
  }

 private:
  void add(std::uint32_t i, const entry& e) {
    expect_transaction(i, e);
    const status end = e.end == outcome::ok     ? status::committed
                       : e.end == outcome::fail ? status::aborted
                                                : status::unknown;
    const std::uint32_t session = session_of(e);
    std::visit([&](auto& all) { all.begin(session, e.invoked, e.returned, end); }, all_);
    try {
      read_steps(i, e);
    } catch (const value_error& error) {
      const bool completed = in_answer_;
      history_.fail(e,
                    std::string(completed ? "the answer" : "the argument") + " of " + notation_.operation +
                        " to be " + error.expected(),
                    to_text(history_.at(completed ? e.result : e.argument)), completed);
    }
  }

  void expect_transaction(std::uint32_t i, const entry& e) const {
    if (history_.function(e) != notation_.operation) {
      history_.fail(e, notation_.operation + ", the only operation of these transactions",
                    history_.function(e));
    }
    if (e.key != null_value)
      throw not_telling{i, "transactions of one object, without a key of their own",
                        "key " + to_text(history_.at(e.key))};
  }

  /// A process calls again after an unknown outcome, whose effect may come later still.
  std::uint32_t session_of(const entry& e) {
    const auto [at, fresh] = sessions_.try_emplace(e.process, next_session_);
    if (fresh) ++next_session_;
    const std::uint32_t session = at->second;
    if (e.end == outcome::info) sessions_.erase(at);
    return session;
  }

  void read_steps(std::uint32_t i, const entry& e) {
    in_answer_ = false;
    asked_.clear();
    const value& argument = history_.at(e.argument);
    notation_.steps(argument, [&](const micro_operation& o) { asked_.push_back(step_of(i, o)); });
    if (e.end == outcome::ok) {
      in_answer_ = true;
      std::size_t next = 0;
      bool same = true;
      notation_.steps(history_.at(e.result), [&](const micro_operation& o) {
        const step s = step_of(i, o);
        same = same && next < asked_.size() && asked_[next] == s;
        ++next;
        add_step(s, &o.content);
      });
      if (!same || next != asked_.size()) {
        throw not_telling{i, "an answer about the steps that were asked for", to_text(history_.at(e.result)),
                          true};
      }
    } else {
      for (const step& s : asked_) add_step(s, nullptr);
    }
  }

  struct step {
    bool writes = false;
    std::int64_t key = 0;
    std::int64_t written = 0;  ///< 0 if it reads
    bool operator==(const step&) const = default;
  };

  step step_of(std::uint32_t i, const micro_operation& o) {
    if (o.writes && notation_.data == transaction_data::registers && o.content.is(value::kind::null))
      throw not_telling{i, "a value to be written", "none"};
    return {o.writes, number_of(history_, o.key), o.writes ? number_of(history_, o.content) : 0};
  }

  /// `seen` is null if that is not known.
  void add_step(const step& s, const value* seen) {
    if (auto* lists = std::get_if<isolation::list_append_history>(&all_)) {
      if (s.writes) {
        lists->append(s.key, s.written);
      } else if (seen != nullptr) {
        list_.clear();
        if (!seen->is(value::kind::null))
          for (const value& v : seen->items()) list_.push_back(number_of(history_, v));
        lists->read(s.key, list_);
      }
      return;
    }
    auto& registers = std::get<isolation::register_history>(all_);
    if (s.writes) {
      registers.write(s.key, s.written);
    } else if (seen != nullptr) {
      registers.read(s.key,
                     seen->is(value::kind::null) ? std::nullopt : std::optional(number_of(history_, *seen)));
    }
  }

  isolation::findings analyse(const judge_options& options) {
    isolation::analysis_options how{.sessions = true, .names = names_in(history_)};
    how.max_search_steps = std::min(how.max_search_steps, options.steps_max);
    try {
      return std::visit([&](const auto& all) { return isolation::analyse(all, how); }, all_);
    } catch (const std::invalid_argument&) {
      report_second_write();
      throw;
    }
  }

  /// Looked for only when it is known to exist.
  void report_second_write() {
    std::set<std::pair<std::int64_t, std::int64_t>> written;
    const auto entries = history_.entries();
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      notation_.steps(history_.at(entries[i].argument), [&](const micro_operation& o) {
        if (!o.writes || written.emplace(number_of(history_, o.key), number_of(history_, o.content)).second)
          return;
        throw not_telling{i, "every value to be written to a key once",
                          to_text(o.content) + " written to key " + to_text(o.key) + " again"};
      });
    }
  }

  void conclude(judgement& j, const judge_options& options) const {
    const isolation::findings& found = j.isolation->found;
    if (found.satisfies(options.level)) {
      j.result = linearizability::outcome::linearizable;
      j.placed = j.judged;
      return;
    }
    j.result = linearizability::outcome::violation;
    if (!options.explain) return;
    const auto& all = found.anomalies();
    const auto gravest = std::find_if(all.begin(), all.end(), [&](const isolation::anomaly& a) {
      return isolation::rules_out(a, options.level);
    });
    if (gravest == all.end()) return;
    j.why.emplace();
    j.why->sentence = isolation::to_text(*gravest, names_in(history_));
    j.why->operations = participants(*gravest);
  }

  const transaction_notation& notation_;
  history& history_;
  std::variant<isolation::list_append_history, isolation::register_history> all_;
  std::unordered_map<value_id, std::uint32_t> sessions_;  ///< of each process, the one that goes on
  std::uint32_t next_session_ = 0;
  bool in_answer_ = false;   ///< what is read of the transaction at hand
  std::vector<step> asked_;  ///< by it
  std::vector<std::int64_t> list_;
};

}  // namespace

std::vector<std::uint32_t> participants(const isolation::anomaly& a) {
  std::vector<std::uint32_t> who;
  for (const isolation::edge& e : a.cycle) {
    for (const std::uint32_t t : {e.from, e.to})
      if (std::find(who.begin(), who.end(), t) == who.end()) who.push_back(t);
  }
  return who;
}

isolation::naming names_in(const history& h) {
  const auto named = [&h](std::int64_t number) { return number_text(h, number); };
  return {[&h](std::uint32_t i) { return place_of(h.entries()[i]); }, named, named};
}

std::optional<judgement> judge_transactions(const transaction_notation& notation, history& h,
                                            const judge_options& options) {
  try {
    return translation(notation, h).run(options);
  } catch (const not_telling& n) {
    if (options.level == isolation::level::strict_serializable) return std::nullopt;
    h.fail(h.entries()[n.entry], n.expected, n.found, n.completed);
  }
}

}  // namespace heddle::recorded
