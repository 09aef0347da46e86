// Histories of thousands of transactions: anomalies planted among them are found and named, and nothing else;
// cut-off searches still decide the levels; the same history gives the same findings.
#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include <catch2/catch.hpp>

#include "list_transactions.hpp"

namespace heddle::test {
namespace {

using namespace isolation;
using texts = std::vector<std::string>;

texts found(const findings& f) {
  texts all;
  for (const anomaly& a : f.anomalies()) all.push_back(to_text(a));
  return all;
}

/// Transactions of 16 processes on 40 keys, executed one at a time between invocation and response.
class serial_history {
 public:
  explicit serial_history(std::uint32_t seed) : random_(seed) {}

  std::vector<list_transaction> generate(std::uint32_t count) {
    struct client {
      bool open = false;
      bool executed = false;
      list_transaction running = {};
    };
    std::vector<client> clients(16);
    while (all_.size() < count) {
      const std::uint32_t p = below(16);
      client& c = clients[p];
      if (!c.open) {
        c = {true, false, {p, position()}};
      } else if (!c.executed) {
        execute(c.running);
        c.executed = true;
      } else {
        c.running.returned = position();
        all_.push_back(c.running);
        c.open = c.executed = false;
      }
    }
    for (client& c : clients) {
      if (!c.executed) continue;
      c.running.returned = position();
      all_.push_back(c.running);
    }
    return all_;
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  /// Leaves room between any two positions.
  std::uint32_t position() { return position_ += 100; }

  void execute(list_transaction& t) {
    for (std::uint32_t left = 1 + below(4); left > 0; --left) {
      list_operation o{below(2) == 0, below(40)};
      if (o.writes) o.element = ++last_;
      if (o.writes) apply(data_type::lists, store_, o);
      if (!o.writes) o.seen = store_[o.key];
      t.operations.push_back(o);
    }
  }

  std::mt19937 random_;
  std::vector<list_transaction> all_;
  list_store store_;
  std::int64_t last_ = 0;
  std::uint32_t position_ = 0;
};

struct planted_anomaly {
  std::string name;
  std::vector<std::vector<list_operation>> transactions;
  std::size_t aborted = 99;
};

std::vector<planted_anomaly> every_anomaly() {
  const auto a = [](key_id key, std::int64_t element) { return list_operation{true, key, element}; };
  const auto r = [](key_id key, list seen) { return list_operation{false, key, 0, std::move(seen)}; };
  return {
      {"G0 (dirty write)", {{a(0, 1), a(1, 1)}, {a(0, 2), a(1, 2)}, {r(0, {1, 2})}, {r(1, {2, 1})}}},
      {"G1a (aborted read)", {{a(0, 1)}, {r(0, {1})}}, 0},
      {"G1b (intermediate read)", {{a(0, 1), a(0, 2)}, {r(0, {1})}}},
      {"G1c (circular information flow)", {{a(0, 1), r(1, {1})}, {a(1, 1), r(0, {1})}}},
      {"G-single (lost update)", {{r(0, {}), a(0, 1)}, {r(0, {}), a(0, 2)}, {r(0, {1, 2})}}},
      {"G-single (fuzzy read)", {{r(0, {}), r(0, {1})}, {a(0, 1)}}},
      {"G-single (read skew)", {{r(0, {}), r(1, {1})}, {a(0, 1), a(1, 1)}}},
      {"G-single (fractured read)", {{r(0, {1}), r(1, {})}, {a(0, 1), a(1, 1)}}},
      {"G-nonadjacent (long fork)", {{a(0, 1)}, {a(1, 1)}, {r(0, {1}), r(1, {})}, {r(0, {}), r(1, {1})}}},
      {"G2-item (write skew)", {{r(0, {}), a(1, 1)}, {r(1, {}), a(0, 1)}}},
      {"internal (own append misplaced)", {{a(0, 1), r(0, {})}}},
      {"garbage read (garbage read)", {{r(0, {7})}}},
      {"duplicate elements (duplicate elements)", {{a(0, 1)}, {r(0, {1, 1})}}},
      {"incompatible order (incompatible orders)", {{a(0, 1)}, {a(0, 2)}, {r(0, {1, 2})}, {r(0, {2})}}},
  };
}

/// Puts the transactions, all overlapping and on keys of their own, somewhere into a history; returns their
/// indices.
std::set<std::uint32_t> plant(const planted_anomaly& p, std::uint32_t number,
                              std::vector<list_transaction>& into, std::uint32_t position) {
  std::set<std::uint32_t> where;
  for (std::uint32_t i = 0; i < p.transactions.size(); ++i) {
    list_transaction t{1000 + 10 * number + i, position + i, position + 50 + i};
    if (i == p.aborted) t.end = status::aborted;
    t.operations = p.transactions[i];
    for (list_operation& o : t.operations) o.key += 1000 + 10 * number;
    where.insert(static_cast<std::uint32_t>(into.size()));
    into.push_back(t);
  }
  return where;
}

TEST_CASE("planted anomalies are found and named, and nothing else") {
  const auto kinds = every_anomaly();
  for (std::uint32_t seed = 0; seed < 3; ++seed) {
    std::vector<list_transaction> h = serial_history(seed).generate(20'000);
    REQUIRE(analyse_lists(h).satisfies(level::strict_serializable));
    std::vector<std::set<std::uint32_t>> where;
    for (std::uint32_t i = 0; i < kinds.size(); ++i)
      where.push_back(plant(kinds[i], i, h, 100 * (37 + 41 * (seed + 3 * i)) + 1));
    const findings f = analyse_lists(h);
    CHECK(f.complete());
    CHECK(f.anomalies().size() == kinds.size());
    for (std::uint32_t i = 0; i < kinds.size(); ++i) {
      CAPTURE(kinds[i].name);
      CHECK(std::count_if(f.anomalies().begin(), f.anomalies().end(), [&](const anomaly& a) {
              const bool here = std::all_of(a.cycle.begin(), a.cycle.end(), [&](const edge& e) {
                return where[i].contains(e.from) && where[i].contains(e.to);
              });
              return here && name(a) + " (" + a.plain + ")" == kinds[i].name;
            }) == 1);
    }
  }
}

TEST_CASE("one stale read among thousands of transactions is found across time") {
  std::vector<list_transaction> h = serial_history(7).generate(20'000);
  const auto victim = std::find_if(h.begin() + 15'000, h.end(), [](const list_transaction& t) {
    return t.operations.size() == 1 && !t.operations[0].writes && t.operations[0].seen.size() > 100;
  });
  REQUIRE(victim != h.end());
  victim->operations[0].seen.resize(50);
  const findings f = analyse_lists(h);
  CHECK(f.strongest() == std::vector{level::serializable});
  REQUIRE(f.anomalies().size() == 1);
  CHECK(name(f.anomalies()[0]) == "G-single-session");
  CHECK(f.anomalies()[0].plain == "stale read");
  CHECK(f.anomalies()[0].cycle.front().from == static_cast<std::uint32_t>(victim - h.begin()));
}

TEST_CASE("a search that is cut off decides the same levels, and shows why") {
  int cut_off = 0;
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    INFO("seed " << seed);
    list_generator generator(data_type::lists, seed);
    const auto h = generator.generate(1'000, true);
    list_append_history history;
    for (const list_transaction& t : h) {
      history.begin(t.process, t.invoked, t.returned, t.end);
      for (const list_operation& o : t.operations) {
        if (o.writes) history.append(o.key, o.element);
        if (!o.writes) history.read(o.key, o.seen);
      }
    }
    const findings full = analyse(history);
    const findings hasty = analyse(history, {.sessions = true, .max_search_steps = 100});
    for (std::size_t l = 0; l < level_count; ++l)
      CHECK(full.satisfies(static_cast<level>(l)) == hasty.satisfies(static_cast<level>(l)));
    CHECK(hasty.anomalies().empty() == full.anomalies().empty());
    cut_off += hasty.complete() ? 0 : 1;
    CHECK(found(analyse(history)) == found(full));
  }
  CHECK(cut_off >= 3);
}

TEST_CASE("the order in which transactions are handed over does not matter to the levels") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    list_generator generator(data_type::lists, seed);
    auto h = generator.generate(12, true);
    const findings before = analyse_lists(h);
    std::shuffle(h.begin(), h.end(), std::mt19937(seed));
    const findings after = analyse_lists(h);
    CHECK(before.strongest() == after.strongest());
  }
}

}  // namespace
}  // namespace heddle::test
