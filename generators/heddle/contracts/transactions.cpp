#include <algorithm>
#include <numeric>
#include <utility>

#include <rapidcheck/Random.h>
#include <rapidcheck/seq/Create.h>
#include <rapidcheck/shrinkable/Create.h>

#include <heddle/contracts/transactions.hpp>

namespace heddle::contracts::transactions {
namespace {

using kind = models::mvcc_serializable::statement::kind;

template <class... Each>
struct overloaded : Each... {
  using Each::operator()...;
};
template <class... Each>
overloaded(Each...) -> overloaded<Each...>;

std::int64_t number(row r) {
  return static_cast<std::int64_t>(r);
}

// --- Generating

class script_source {
 public:
  script_source(const workload& w, const rc::Random& from) : workload_(w), random_(from) {}

  script draw() {
    script s;
    const std::uint32_t percent = below(100);
    if (percent < workload_.read_only_percent)
      s.with = ending::commit_read_only;
    else if (percent < workload_.read_only_percent + workload_.roll_back_percent)
      s.with = ending::roll_back;
    const bool reads_only = s.with == ending::commit_read_only;
    if (!reads_only && below(100) < workload_.decision_percent) {
      draw_decision(s.statements);
      return s;
    }
    const std::uint32_t least = reads_only ? 2 : 1;  // a single read is consistent with everything
    const std::uint32_t count = least + below(workload_.statements_max - least + 1);
    for (std::uint32_t i = 0; i < count; ++i) s.statements.push_back(draw_statement(reads_only));
    return s;
  }

 private:
  static constexpr std::uint32_t value_max = 9;  // one digit: also what `append` takes

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_.next() % limit); }

  void draw_decision(std::vector<statement>& to) {
    const std::uint32_t reads = 1 + below(2);
    for (std::uint32_t i = 0; i < reads; ++i) to.push_back(draw_statement(true));
    to.push_back(put{draw_row(), draw_value()});
  }

  // The last row half as often as the others: conflicts gather, and write skew takes two rows.
  row draw_row() { return static_cast<row>(below(2 * workload_.rows - 1) / 2); }

  std::int64_t draw_value() { return 1 + below(value_max); }

  std::size_t draw_kind(std::size_t kinds) {
    std::uint32_t left = below(std::accumulate(workload_.weights, workload_.weights + kinds, 0U));
    std::size_t chosen = 0;
    while (left >= workload_.weights[chosen]) left -= workload_.weights[chosen++];
    return chosen;
  }

  statement draw_statement(bool reads_only) {
    constexpr std::size_t reads = 2;
    const row key = draw_row();
    switch (draw_kind(reads_only ? reads : std::variant_size_v<statement>)) {
      case 1:
        return draw_scan();
      case 2:
        return put{key, draw_value()};
      case 3:
        return add{key, draw_value()};
      case 4:
        return append{key, draw_value()};
      case 5:
        return del{key};
      case 6:
        return get_for_update{key};
      default:
        return get{key};
    }
  }

  scan draw_scan() {
    const auto a = static_cast<row>(below(workload_.rows));
    const auto b = static_cast<row>(below(workload_.rows));
    return {std::min(a, b), std::max(a, b), below(2) == 0 ? 0 : draw_value()};
  }

  const workload& workload_;
  rc::Random random_;
};

// --- Shrinking

void simpler_statements(const statement& from, std::vector<statement>& to) {
  const auto plain = [&to](const auto& s) {
    if (s.key != row::x) to.push_back(std::decay_t<decltype(s)>{row::x});
  };
  const auto write = [&to](const auto& s, std::int64_t operand) {
    using type = std::decay_t<decltype(s)>;
    to.push_back(get{s.key});
    if (s.key != row::x) to.push_back(type{row::x, operand});
    if (operand != 1) to.push_back(type{s.key, 1});
  };
  std::visit(overloaded{[&](const get& s) { plain(s); },
                        [&](const scan& s) {
                          if (s.first == s.last) to.push_back(get{s.first});
                          if (s.first != s.last) to.push_back(scan{s.first, s.first, s.least});
                          if (s.first != s.last) to.push_back(scan{s.last, s.last, s.least});
                          if (s.least != 0) to.push_back(scan{s.first, s.last, 0});
                        },
                        [&](const put& s) { write(s, s.value); },
                        [&](const add& s) {
                          to.push_back(put{s.key, s.by});
                          write(s, s.by);
                        },
                        [&](const append& s) {
                          to.push_back(put{s.key, s.digit});
                          write(s, s.digit);
                        },
                        [&](const del& s) {
                          to.push_back(get{s.key});
                          to.push_back(put{s.key, 1});
                          plain(s);
                        },
                        [&](const get_for_update& s) {
                          to.push_back(get{s.key});
                          plain(s);
                        }},
             from);
}

rc::Seq<script> simpler_scripts(const script& from) {
  std::vector<script> simpler;
  const auto with_statements = [&](std::vector<statement> statements) {
    simpler.push_back({std::move(statements), from.with});
  };
  for (std::size_t i = 0; from.statements.size() > 1 && i < from.statements.size(); ++i) {
    auto fewer = from.statements;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    with_statements(std::move(fewer));
  }
  if (from.with != ending::commit) simpler.push_back({from.statements, ending::commit});
  for (std::size_t i = 0; i < from.statements.size(); ++i) {
    std::vector<statement> instead;
    simpler_statements(from.statements[i], instead);
    for (const statement& s : instead) {
      auto changed = from.statements;
      changed[i] = s;
      with_statements(std::move(changed));
    }
  }
  return rc::seq::fromContainer(std::move(simpler));
}

value show(const models::mvcc_serializable::row& r) {
  return value::symbol(to_text(to_value(static_cast<row>(r.key))) + " = " + std::to_string(r.value));
}

}  // namespace

script read_everything() {
  return {{scan{row::x, row::u, 0}}, ending::commit_read_only};
}

models::mvcc_serializable::statement to_model(const statement& s) {
  using model = models::mvcc_serializable::statement;
  return std::visit(overloaded{[](const get& g) {
                                 return model{kind::get, number(g.key)};
                               },
                               [](const scan& g) {
                                 return model{kind::scan, number(g.first), number(g.last), g.least};
                               },
                               [](const put& p) {
                                 return model{kind::put, number(p.key), 0, p.value};
                               },
                               [](const add& a) {
                                 return model{kind::add, number(a.key), 0, a.by};
                               },
                               [](const append& a) {
                                 return model{kind::append, number(a.key), 0, a.digit};
                               },
                               [](const del& d) {
                                 return model{kind::del, number(d.key)};
                               },
                               [](const get_for_update& g) {
                                 return model{kind::get_for_update, number(g.key)};
                               }},
                    s);
}

models::mvcc_serializable::script to_model(const script& s) {
  models::mvcc_serializable::script to;
  to.read_only = s.with == ending::commit_read_only;
  to.roll_back = s.with == ending::roll_back;
  for (const statement& each : s.statements) to.statements.push_back(to_model(each));
  return to;
}

rc::Gen<script> scripts(const workload& w) {
  return [w](const rc::Random& random, int) {
    return rc::shrinkable::shrinkRecur(script_source(w, random).draw(),
                                       [](const script& s) { return simpler_scripts(s); });
  };
}

std::vector<value> outcome::shown() const {
  std::vector<value> statements;
  for (const auto& found : result.seen) {
    if (found.size() == 1) {
      statements.push_back(show(found.front()));
      continue;
    }
    std::vector<value> rows;
    for (const auto& each : found) rows.push_back(show(each));
    statements.push_back(rows.empty() ? value() : value::list(std::move(rows)));
  }
  return statements;
}

std::uint64_t heddle_hash(const outcome& o) {
  return heddle::detail::combine(hash_of(o.result), hash_of(o.accesses));
}

}  // namespace heddle::contracts::transactions

namespace heddle {
template value to_value(const contracts::transactions::script&);
}
