// The transactional stores, one statement at a time: examples of each anomaly in its variant and of its
// absence in the reference, agreement with the models on random serial transactions and on random
// interleavings of statements, and a smoke test on threads.
//
// Where a statement has to wait for another transaction, the example runs it on a thread of its own and goes
// on when the store says that it is blocked: no example depends on timing.
#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/value.hpp>
#include <heddle/models/mvcc_read_committed.hpp>
#include <heddle/models/mvcc_serializable.hpp>
#include <heddle/models/mvcc_snapshot_isolation.hpp>
#include <heddle/targets/mvcc_read_committed/faulty_dirty_read.hpp>
#include <heddle/targets/mvcc_read_committed/faulty_rmw_no_recheck.hpp>
#include <heddle/targets/mvcc_read_committed/faulty_short_write_lock.hpp>
#include <heddle/targets/mvcc_read_committed/faulty_uncommitted_mutual_read.hpp>
#include <heddle/targets/mvcc_read_committed/reference.hpp>
#include <heddle/targets/mvcc_serializable/faulty_item_locks_only.hpp>
#include <heddle/targets/mvcc_serializable/faulty_read_only_always_safe.hpp>
#include <heddle/targets/mvcc_serializable/faulty_short_read_locks.hpp>
#include <heddle/targets/mvcc_serializable/faulty_si_sold_as_serializable.hpp>
#include <heddle/targets/mvcc_serializable/faulty_upgrade_drops_s_lock.hpp>
#include <heddle/targets/mvcc_serializable/reference.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/faulty_cts_published_before_install.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/faulty_eager_vacuum.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/faulty_no_ww_check.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/faulty_snapshot_per_statement.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/reference.hpp>

namespace {

namespace mvcc = heddle::targets::mvcc;
namespace rc_level = heddle::targets::mvcc_read_committed;
namespace si_level = heddle::targets::mvcc_snapshot_isolation;
namespace ser_level = heddle::targets::mvcc_serializable;
namespace models = heddle::models;

using heddle::caller;
using mvcc::status;
using mvcc::txn;
using script = models::mvcc_serializable::script;
using statement = models::mvcc_serializable::statement;
using kind = statement::kind;
using rows = std::vector<models::mvcc_serializable::row>;
using end_status = models::mvcc_serializable::status;
using transaction_result = models::mvcc_serializable::transaction_result;
using seen = heddle::observed<transaction_result>;

constexpr mvcc::key_type x = 1;
constexpr mvcc::key_type y = 2;

template <class Store>
concept transactional_store = std::default_initializable<Store> && requires(Store s, const Store c, txn t) {
  { s.begin(mvcc::isolation::serializable, true) } -> std::same_as<txn>;
  { s.begin() } -> std::same_as<txn>;
  { s.get(t, x) } -> std::same_as<mvcc::result<std::optional<mvcc::value_type>>>;
  { s.put(t, x, 1) } -> std::same_as<status>;
  { s.del(t, x) } -> std::same_as<status>;
  { s.scan(t, x, y, mvcc::predicate{}) } -> std::same_as<mvcc::result<std::vector<mvcc::key_value>>>;
  { s.rmw(t, x, mvcc::transform{}) } -> std::same_as<mvcc::result<mvcc::value_type>>;
  { s.get_for_update(t, x) } -> std::same_as<mvcc::result<std::optional<mvcc::value_type>>>;
  { s.commit(t) } -> std::same_as<status>;
  { s.abort(t) } -> std::same_as<void>;
  { s.vacuum() } -> std::same_as<std::size_t>;
  { c.stats() } -> std::same_as<mvcc::statistics>;
  { c.blocked() } -> std::same_as<std::size_t>;
};

template <class... Stores>
constexpr bool all_are_stores = (transactional_store<Stores> && ...);
static_assert(
    all_are_stores<rc_level::reference, rc_level::faulty_dirty_read, rc_level::faulty_short_write_lock,
                   rc_level::faulty_rmw_no_recheck, rc_level::faulty_uncommitted_mutual_read>);
static_assert(
    all_are_stores<si_level::reference, si_level::faulty_no_ww_check, si_level::faulty_snapshot_per_statement,
                   si_level::faulty_cts_published_before_install, si_level::faulty_eager_vacuum>);
static_assert(
    all_are_stores<ser_level::reference, ser_level::reference_s2pl, ser_level::faulty_si_sold_as_serializable,
                   ser_level::faulty_item_locks_only, ser_level::faulty_read_only_always_safe,
                   ser_level::faulty_short_read_locks, ser_level::faulty_upgrade_drops_s_lock>);

template <class Model>
constexpr bool is_plain_model =
    std::is_aggregate_v<Model>&& heddle::model_state<Model>&& heddle::describable<Model>;
static_assert(is_plain_model<models::mvcc_serializable>);
static_assert(is_plain_model<models::mvcc_snapshot_isolation>);
static_assert(is_plain_model<models::mvcc_read_committed>);

// --- shorthands

bool everything(mvcc::key_type, mvcc::value_type) {
  return true;
}
mvcc::value_type plus_one(mvcc::value_type v) {
  return v + 1;
}

template <class Store>
std::optional<mvcc::value_type> get(Store& store, txn& t, mvcc::key_type key) {
  const auto got = store.get(t, key);
  REQUIRE(got.code == status::ok);
  return got.value;
}

template <class Store>
void fill(Store& store, const std::vector<mvcc::key_value>& with) {
  txn t = store.begin();
  for (const auto& [key, value] : with) REQUIRE(store.put(t, key, value) == status::ok);
  REQUIRE(store.commit(t) == status::ok);
}

/// The committed value of a key now.
template <class Store>
std::optional<mvcc::value_type> committed(Store& store, mvcc::key_type key) {
  txn t = store.begin(true);
  const auto value = get(store, t, key);
  REQUIRE(store.commit(t) == status::ok);
  return value;
}

template <class Store>
void wait_until_blocked(const Store& store) {
  while (store.blocked() == 0) std::this_thread::yield();
}

// --- scripts on a store

mvcc::value_type applied(const statement& s, mvcc::value_type before) {
  return s.what == kind::add ? before + s.operand : before * 16 + s.operand;
}

template <class T>
std::pair<status, rows> as_rows(const mvcc::result<std::optional<T>>& got, mvcc::key_type key) {
  return {got.code, got && got.value ? rows{{key, *got.value}} : rows{}};
}

template <class Store>
std::pair<status, rows> execute(Store& store, txn& t, const statement& s) {
  switch (s.what) {
    case kind::get:
      return as_rows(store.get(t, s.key), s.key);
    case kind::get_for_update:
      return as_rows(store.get_for_update(t, s.key), s.key);
    case kind::put:
      return {store.put(t, s.key, s.operand), {}};
    case kind::del:
      return {store.del(t, s.key), {}};
    case kind::scan: {
      const auto got = store.scan(t, s.key, s.last, [&](auto, mvcc::value_type v) { return v >= s.operand; });
      rows found;
      for (const auto& [key, value] : got.value) found.push_back({key, value});
      return {got.code, found};
    }
    default: {
      const auto got = store.rmw(t, s.key, [&](mvcc::value_type v) { return applied(s, v); });
      return {got.code, got ? rows{{s.key, got.value}} : rows{}};
    }
  }
}

end_status as_end(status s) {
  if (s == status::ok) return end_status::committed;
  return s == status::deadlock ? end_status::deadlock : end_status::serialization_failure;
}

template <class Store>
end_status finish(Store& store, txn& t, const script& s) {
  if (!s.roll_back) return as_end(store.commit(t));
  store.abort(t);
  return end_status::rolled_back;
}

template <class Store>
transaction_result run_alone(Store& store, const script& s) {
  transaction_result result;
  txn t = store.begin(s.read_only);
  for (const statement& each : s.statements) {
    const auto [code, found] = execute(store, t, each);
    if (code != status::ok) {
      result.end = as_end(code);
      return result;
    }
    result.seen.push_back(found);
  }
  result.end = finish(store, t, s);
  return result;
}

bool writes_something(const script& s) {
  return std::any_of(s.statements.begin(), s.statements.end(),
                     [](const statement& each) { return each.locks(); });
}

statement make_statement(int what, std::int64_t key, std::int64_t width, std::int64_t operand) {
  return {static_cast<kind>(what), key, key + width, operand};
}

rc::Gen<script> scripts() {
  const auto statements = rc::gen::container<std::vector<statement>>(
      rc::gen::apply(make_statement, rc::gen::inRange(0, 7), rc::gen::inRange<std::int64_t>(0, 4),
                     rc::gen::inRange<std::int64_t>(0, 4), rc::gen::inRange<std::int64_t>(0, 9)));
  return rc::gen::apply(
      [](std::vector<statement> list, int ending) {
        script s{std::move(list), false, ending == 0};
        s.read_only = !writes_something(s);
        return s;
      },
      statements, rc::gen::inRange(0, 5));
}

template <class Store>
void agrees_with_the_models_in_sequence() {
  CHECK(rc::check([] {
    Store store;
    models::mvcc_serializable serial;
    models::mvcc_snapshot_isolation snapshot;
    models::mvcc_read_committed committed_only;
    for (const script& s : *rc::gen::container<std::vector<script>>(scripts())) {
      const transaction_result result = run_alone(store, s);
      RC_ASSERT(result.end == (s.roll_back ? end_status::rolled_back : end_status::committed));
      const seen observation = seen::returned(result);
      RC_ASSERT(serial.transaction(s, observation));
      RC_ASSERT(snapshot.start({7}, s, observation));
      RC_ASSERT(snapshot.finish({7}, s, observation));
      for (std::uint32_t i = 0; i < s.statements.size(); ++i) {
        RC_ASSERT(committed_only.statement({7}, s, i, observation));
      }
      RC_ASSERT(committed_only.finish({7}, s, observation));
      RC_ASSERT(snapshot.data == serial.data);
      RC_ASSERT(committed_only.data == serial.data);
      store.vacuum();
    }
  }));
}

// --- interleavings of statements, on one thread

/// What happened, in the order in which it happened.
struct event {
  enum class kind : std::uint8_t { step, end };
  kind what = kind::step;
  std::uint32_t who = 0;
  std::uint32_t index = 0;
};

struct interleaving {
  std::vector<script> scripts;
  std::vector<transaction_result> results;
  std::vector<event> events;
};

/// Runs the first script alone, then the others statement by statement in a random order. Statements that
/// would wait for a row are put off; if all would, one transaction gives up.
template <class Store>
class interleaver {
 public:
  interleaver(std::vector<script> what, std::uint64_t seed, bool locks_last)
      : random_(seed), locks_last_(locks_last) {
    run_.results.resize(what.size());
    run_.scripts = std::move(what);
    running_.resize(run_.scripts.size());
  }

  interleaving run() {
    while (!running_[0].finished) step(0);
    std::vector<std::uint32_t> candidates = unfinished();
    while (!candidates.empty()) {
      if (random_() % 8 == 0) store_.vacuum();
      std::erase_if(candidates, [&](std::uint32_t who) { return would_wait(who); });
      if (candidates.empty()) {
        give_up(unfinished().front());
      } else {
        step(candidates[random_() % candidates.size()]);
      }
      candidates = unfinished();
    }
    return std::move(run_);
  }

 private:
  struct progress {
    std::optional<txn> handle{};
    std::uint32_t next = 0;
    bool finished = false;
  };

  std::vector<std::uint32_t> unfinished() const {
    std::vector<std::uint32_t> all;
    for (std::uint32_t who = 0; who < running_.size(); ++who) {
      if (!running_[who].finished) all.push_back(who);
    }
    return all;
  }

  bool would_wait(std::uint32_t who) const {
    const auto& list = run_.scripts[who].statements;
    const std::uint32_t next = running_[who].next;
    if (!locks_last_ || next == list.size() || !list[next].locks()) return false;
    const auto owner = owners_.find(list[next].key);
    return owner != owners_.end() && owner->second != who;
  }

  void step(std::uint32_t who) {
    progress& p = running_[who];
    const script& s = run_.scripts[who];
    if (!p.handle) p.handle = store_.begin(s.read_only);
    if (p.next == s.statements.size()) return end(who, finish(store_, *p.handle, s));
    const statement& now = s.statements[p.next];
    const auto [code, found] = execute(store_, *p.handle, now);
    if (code != status::ok) return end(who, as_end(code));
    if (now.locks()) owners_[now.key] = who;
    run_.results[who].seen.push_back(found);
    run_.events.push_back({event::kind::step, who, p.next++});
  }

  void give_up(std::uint32_t who) {
    store_.abort(*running_[who].handle);
    end(who, end_status::rolled_back);
  }

  void end(std::uint32_t who, end_status how) {
    run_.results[who].end = how;
    running_[who].finished = true;
    std::erase_if(owners_, [&](const auto& entry) { return entry.second == who; });
    run_.events.push_back({event::kind::end, who, 0});
  }

  Store store_;
  std::mt19937_64 random_;
  bool locks_last_;  // false: the store releases row locks after each statement
  interleaving run_;
  std::vector<progress> running_;
  std::map<std::int64_t, std::uint32_t> owners_;
};

bool began_after_end(const interleaving& run, std::uint32_t later, std::uint32_t earlier) {
  const auto first =
      std::find_if(run.events.begin(), run.events.end(), [&](const event& e) { return e.who == later; });
  return std::any_of(run.events.begin(), first,
                     [&](const event& e) { return e.who == earlier && e.what == event::kind::end; });
}

/// Brute force: some order of the committed transactions that respects real time explains all that they saw.
bool is_strictly_serializable(const interleaving& run) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t who = 0; who < run.scripts.size(); ++who) {
    if (run.results[who].end == end_status::committed) order.push_back(who);
  }
  do {
    models::mvcc_serializable model;
    bool fits = true;
    for (std::size_t i = 0; fits && i < order.size(); ++i) {
      for (std::size_t j = i + 1; j < order.size(); ++j)
        fits = fits && !began_after_end(run, order[i], order[j]);
      fits = fits && model.transaction(run.scripts[order[i]], seen::returned(run.results[order[i]]));
    }
    if (fits) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

/// The snapshot is taken by the first statement, the commit is one moment: the order of events is the
/// linearization.
bool is_snapshot_isolated(const interleaving& run) {
  models::mvcc_snapshot_isolation model;
  return std::all_of(run.events.begin(), run.events.end(), [&](const event& e) {
    const seen result = seen::returned(run.results[e.who]);
    const bool starts = e.what == event::kind::step ? e.index == 0 : run.scripts[e.who].statements.empty();
    if (starts && !model.start({e.who}, run.scripts[e.who], result)) return false;
    return e.what == event::kind::step || model.finish({e.who}, run.scripts[e.who], result);
  });
}

bool is_read_committed(const interleaving& run) {
  models::mvcc_read_committed model;
  return std::all_of(run.events.begin(), run.events.end(), [&](const event& e) {
    const seen result = seen::returned(run.results[e.who]);
    return e.what == event::kind::step ? model.statement({e.who}, run.scripts[e.who], e.index, result)
                                       : model.finish({e.who}, run.scripts[e.who], result);
  });
}

/// A set-up that fills two of three keys, and a few transactions of a few statements on them.
std::vector<script> random_scripts(std::mt19937_64& random) {
  std::vector<script> all{{.statements = {{kind::put, 0, 0, 1}, {kind::put, 1, 0, 2}}}};
  std::int64_t unique = 3;
  for (auto transactions = 3 + random() % 2; transactions != 0; --transactions) {
    script& s = all.emplace_back();
    for (auto left = 1 + random() % 3; left != 0; --left) {
      const auto key = static_cast<std::int64_t>(random() % 3);
      s.statements.push_back(make_statement(static_cast<int>(random() % 7), key, 2, 0));
      if (s.statements.back().writes()) s.statements.back().operand = unique++;
    }
    s.read_only = !writes_something(s);
    s.roll_back = random() % 6 == 0;
  }
  return all;
}

constexpr int runs = 4'000;

/// How many of `runs` random interleavings break the condition.
template <class Store>
int count_violations(const std::function<bool(const interleaving&)>& holds, bool locks_last = true) {
  std::mt19937_64 random(20'260);
  int violations = 0;
  for (int i = 0; i < runs; ++i) {
    const auto scripts = random_scripts(random);
    if (!holds(interleaver<Store>(scripts, random(), locks_last).run())) ++violations;
  }
  return violations;
}

}  // namespace

TEMPLATE_TEST_CASE("one transaction at a time, every store is a plain map", "[mvcc]", rc_level::reference,
                   rc_level::faulty_dirty_read, rc_level::faulty_short_write_lock,
                   rc_level::faulty_rmw_no_recheck, rc_level::faulty_uncommitted_mutual_read,
                   si_level::reference, si_level::faulty_no_ww_check, si_level::faulty_snapshot_per_statement,
                   si_level::faulty_cts_published_before_install, si_level::faulty_eager_vacuum,
                   ser_level::reference, ser_level::reference_s2pl, ser_level::faulty_si_sold_as_serializable,
                   ser_level::faulty_item_locks_only, ser_level::faulty_read_only_always_safe,
                   ser_level::faulty_short_read_locks, ser_level::faulty_upgrade_drops_s_lock) {
  agrees_with_the_models_in_sequence<TestType>();
}

TEST_CASE("the references keep their promise under random interleavings", "[mvcc]") {
  CHECK(count_violations<rc_level::reference>(is_read_committed) == 0);
  CHECK(count_violations<si_level::reference>(is_snapshot_isolated) == 0);
  CHECK(count_violations<ser_level::reference>(is_strictly_serializable) == 0);
  CHECK(count_violations<ser_level::reference>(is_snapshot_isolated) == 0);
}

TEST_CASE("what a level allows does happen", "[mvcc]") {
  CHECK(count_violations<rc_level::reference>(is_snapshot_isolated) > 0);
  CHECK(count_violations<si_level::reference>(is_strictly_serializable) > 0);
}

TEST_CASE("random interleavings on one thread tell most variants from their reference", "[mvcc]") {
  CHECK(count_violations<rc_level::faulty_dirty_read>(is_read_committed) > 0);
  CHECK(count_violations<rc_level::faulty_short_write_lock>(is_read_committed, false) > 0);
  CHECK(count_violations<rc_level::faulty_uncommitted_mutual_read>(is_read_committed) > 0);
  CHECK(count_violations<si_level::faulty_no_ww_check>(is_snapshot_isolated) > 0);
  CHECK(count_violations<si_level::faulty_snapshot_per_statement>(is_snapshot_isolated) > 0);
  CHECK(count_violations<si_level::faulty_eager_vacuum>(is_snapshot_isolated) > 0);
  CHECK(count_violations<ser_level::faulty_si_sold_as_serializable>(is_strictly_serializable) > 0);
  CHECK(count_violations<ser_level::faulty_item_locks_only>(is_strictly_serializable) > 0);
  CHECK(count_violations<ser_level::faulty_read_only_always_safe>(is_strictly_serializable) > 0);
}

// --- read committed, one anomaly at a time

namespace {

/// What T2 reads of T1's write before T1 gives up.
template <class Store>
std::optional<mvcc::value_type> read_before_abort() {
  Store store;
  txn t1 = store.begin();
  txn t2 = store.begin();
  REQUIRE(store.put(t1, x, 1) == status::ok);
  const auto value = get(store, t2, x);
  store.abort(t1);
  store.abort(t2);
  return value;
}

/// Both transactions increment x in one statement; the second waits for the first.
template <class Store>
std::optional<mvcc::value_type> two_increments() {
  Store store;
  txn t1 = store.begin();
  REQUIRE(store.rmw(t1, x, plus_one).value == 1);
  std::thread second([&] {
    txn t2 = store.begin();
    store.rmw(t2, x, plus_one);
    store.commit(t2);
  });
  wait_until_blocked(store);
  REQUIRE(store.commit(t1) == status::ok);
  second.join();
  return committed(store, x);
}

}  // namespace

TEST_CASE("B01 M1 dirty read", "[mvcc]") {
  CHECK(read_before_abort<rc_level::reference>() == std::nullopt);
  CHECK(read_before_abort<rc_level::faulty_dirty_read>() == 1);
}

TEST_CASE("B01 M2 dirty write", "[mvcc]") {
  rc_level::faulty_short_write_lock store;
  txn t1 = store.begin();
  txn t2 = store.begin();
  CHECK(store.put(t1, x, 1) == status::ok);
  CHECK(store.put(t2, x, 2) == status::ok);
  CHECK(store.put(t2, y, 2) == status::ok);
  CHECK(store.put(t1, y, 1) == status::ok);
  CHECK(store.commit(t1) == status::ok);
  CHECK(store.commit(t2) == status::ok);
  CHECK(committed(store, x) == 2);
  CHECK(committed(store, y) == 1);

  // The handles know the cycle: T2 followed T1 on x, T1 followed T2 on y.
  CHECK(t2.accesses[0].replaced.writer == t1.id);
  CHECK(t1.accesses[1].replaced.writer == t2.id);
}

TEST_CASE("a second writer of a row waits, and a cycle of waiting has a victim", "[mvcc]") {
  rc_level::reference store;
  txn t1 = store.begin();
  txn t2 = store.begin();
  REQUIRE(store.put(t1, x, 1) == status::ok);
  REQUIRE(store.put(t2, y, 2) == status::ok);
  std::thread second([&] {
    CHECK(store.put(t2, x, 2) == status::ok);  // waits for T1, which becomes the victim
    CHECK(store.commit(t2) == status::ok);
  });
  wait_until_blocked(store);
  CHECK(store.put(t1, y, 1) == status::deadlock);
  CHECK(store.commit(t1) == status::no_active_transaction);
  second.join();
  CHECK(committed(store, x) == 2);
  CHECK(store.stats().deadlocks == 1);
}

TEST_CASE("B01 M3 an update that waited looks at the row again", "[mvcc]") {
  CHECK(two_increments<rc_level::reference>() == 2);
  CHECK(two_increments<rc_level::faulty_rmw_no_recheck>() == 1);
}

TEST_CASE("B01 M4 circular information flow", "[mvcc]") {
  rc_level::faulty_uncommitted_mutual_read store;
  txn t1 = store.begin();
  txn t2 = store.begin();
  REQUIRE(store.put(t1, x, 1) == status::ok);
  REQUIRE(store.put(t2, y, 2) == status::ok);
  CHECK(get(store, t1, y) == 2);
  CHECK(get(store, t2, x) == 1);
  CHECK(store.commit(t1) == status::ok);
  CHECK(store.commit(t2) == status::ok);

  // It is not a plain dirty read: who has read what was rolled back fails.
  txn t3 = store.begin();
  txn t4 = store.begin();
  REQUIRE(store.put(t3, x, 3) == status::ok);
  CHECK(get(store, t4, x) == 3);
  store.abort(t3);
  CHECK(store.commit(t4) == status::serialization_failure);
}

// --- snapshot isolation

namespace {

/// r1(x) r2(x) w2(x) c2 w1(x) c1: what becomes of T1.
template <class Store>
status second_updater() {
  Store store;
  fill(store, {{x, 0}});
  txn t1 = store.begin();
  txn t2 = store.begin();
  get(store, t1, x);
  get(store, t2, x);
  REQUIRE(store.put(t2, x, 1) == status::ok);
  REQUIRE(store.commit(t2) == status::ok);
  const status wrote = store.put(t1, x, 1);
  return wrote == status::ok ? store.commit(t1) : wrote;
}

/// r1(x) w2(x) w2(y) c2 r1(y), with a vacuum before the last read.
template <class Store>
std::vector<std::optional<mvcc::value_type>> read_around_a_commit() {
  Store store;
  fill(store, {{x, 0}, {y, 0}});
  txn t1 = store.begin();
  const auto first = get(store, t1, x);
  fill(store, {{x, 1}, {y, 1}});
  store.vacuum();
  return {first, get(store, t1, x), get(store, t1, y)};
}

/// A store that lets another transaction run each time that a commit has stamped a row.
template <class Store>
struct interrupted : Store {
  std::function<void()> after_stamp = [] {};

 protected:
  void stamp(mvcc::key_type key, const typename Store::transaction& me) override {
    Store::stamp(key, me);
    after_stamp();
  }
};

/// What a reader sees of x and y when it runs between the stamping of both by one commit.
template <class Store>
std::vector<std::optional<mvcc::value_type>> read_inside_a_commit() {
  interrupted<Store> store;
  fill(store, {{x, 0}, {y, 0}});
  std::vector<std::optional<mvcc::value_type>> values;
  store.after_stamp = [&] {
    if (!values.empty()) return;
    txn reader = store.begin(true);
    values = {get(store, reader, x), get(store, reader, y)};
  };
  fill(store, {{x, 1}, {y, 1}});
  return values;
}

using values = std::vector<std::optional<mvcc::value_type>>;

}  // namespace

TEST_CASE("B02 M1 first updater wins", "[mvcc]") {
  CHECK(second_updater<rc_level::reference>() == status::ok);  // a lost update, which read committed allows
  CHECK(second_updater<si_level::reference>() == status::serialization_failure);
  CHECK(second_updater<ser_level::reference>() == status::serialization_failure);
  CHECK(second_updater<si_level::faulty_no_ww_check>() == status::ok);
}

TEST_CASE("B02 M2 and M4 one snapshot, whatever others commit or collect", "[mvcc]") {
  CHECK(read_around_a_commit<rc_level::reference>() == values{0, 1, 1});
  CHECK(read_around_a_commit<si_level::reference>() == values{0, 0, 0});
  CHECK(read_around_a_commit<si_level::faulty_snapshot_per_statement>() == values{0, 1, 1});
  CHECK(read_around_a_commit<si_level::faulty_eager_vacuum>() == values{0, std::nullopt, std::nullopt});
}

TEST_CASE("B02 M3 a commit becomes visible as a whole", "[mvcc]") {
  CHECK(read_inside_a_commit<si_level::reference>() == values{0, 0});
  CHECK(read_inside_a_commit<si_level::faulty_cts_published_before_install>() == values{1, 0});
}

TEST_CASE("a waiting second updater fails if the first commits, and goes on if it gives up", "[mvcc]") {
  const bool first_commits = GENERATE(true, false);
  si_level::reference store;
  txn t1 = store.begin();
  REQUIRE(store.put(t1, x, 1) == status::ok);
  status second = status::ok;
  std::thread waiter([&] {
    txn t2 = store.begin();
    second = store.put(t2, x, 2);
    if (second == status::ok) second = store.commit(t2);
  });
  wait_until_blocked(store);
  if (first_commits) {
    REQUIRE(store.commit(t1) == status::ok);
  } else {
    store.abort(t1);
  }
  waiter.join();
  CHECK(second == (first_commits ? status::serialization_failure : status::ok));
  CHECK(committed(store, x) == (first_commits ? 1 : 2));
}

TEST_CASE("vacuum collects what no snapshot sees", "[mvcc]") {
  si_level::reference store;
  fill(store, {{x, 0}});
  txn reader = store.begin();
  get(store, reader, x);
  fill(store, {{x, 1}});
  fill(store, {{x, 2}});
  CHECK(store.vacuum() == 0);
  REQUIRE(store.commit(reader) == status::ok);
  CHECK(store.vacuum() == 2);
  CHECK(committed(store, x) == 2);
  CHECK(store.stats().versions == 1);
}

TEST_CASE("a handle tells which versions its transaction saw and replaced", "[mvcc]") {
  si_level::reference store;
  txn t1 = store.begin();
  store.put(t1, x, 1);
  store.put(t1, x, 2);
  store.commit(t1);
  txn t2 = store.begin();
  store.scan(t2, x, y, everything);
  store.get(t2, y);
  store.del(t2, x);
  store.commit(t2);

  using access = mvcc::access::kind;
  REQUIRE(t2.accesses.size() == 4);
  CHECK(t2.accesses[0].what == access::range);
  CHECK((t2.accesses[0].key == x && t2.accesses[0].last == y));
  CHECK(t2.accesses[1].what == access::read);
  CHECK(t2.accesses[1].version == mvcc::version_id{t1.id, 1});
  CHECK(t2.accesses[2].version == mvcc::version_id{});
  CHECK(t2.accesses[3].what == access::write);
  CHECK(t2.accesses[3].version == mvcc::version_id{t2.id, 0});
  CHECK(t2.accesses[3].replaced == mvcc::version_id{t1.id, 1});
  CHECK(t1.committed_at < t2.committed_at);
}

TEST_CASE("a read-only transaction may not write", "[mvcc]") {
  si_level::reference store;
  txn t = store.begin(true);
  CHECK(store.put(t, x, 1) == status::read_only_transaction);
  CHECK(store.get(t, x).code == status::no_active_transaction);
  store.abort(t);
  CHECK(store.stats().rollbacks == 1);
}

// --- serializable

namespace {

/// Two doctors are on call, each leaves if the other stays. How many of the two transactions commit.
template <class Store>
int doctors_who_leave() {
  Store store;
  fill(store, {{x, 1}, {y, 1}});
  txn t1 = store.begin();
  txn t2 = store.begin();
  for (txn* t : {&t1, &t2}) REQUIRE(*get(store, *t, x) + *get(store, *t, y) == 2);
  const bool first = store.put(t1, x, 0) == status::ok;
  const bool second = store.put(t2, y, 0) == status::ok;
  return (first && store.commit(t1) == status::ok ? 1 : 0) +
         (second && store.commit(t2) == status::ok ? 1 : 0);
}

/// Two bookings of the same free slot. How many commit.
template <class Store>
int bookings_of_one_slot() {
  Store store;
  txn t1 = store.begin();
  txn t2 = store.begin();
  for (txn* t : {&t1, &t2}) REQUIRE(store.scan(*t, x, y, everything).value.empty());
  const bool first = store.put(t1, x, 1) == status::ok;
  const bool second = store.put(t2, y, 2) == status::ok;
  return (first && store.commit(t1) == status::ok ? 1 : 0) +
         (second && store.commit(t2) == status::ok ? 1 : 0);
}

/// Fekete, O'Neil, O'Neil 2004: how many of the three transactions commit.
template <class Store>
int commits_around_a_reader(bool reader_takes_part) {
  Store store;
  fill(store, {{x, 0}, {y, 0}});
  txn t2 = store.begin();
  get(store, t2, x);
  get(store, t2, y);
  fill(store, {{y, 20}});
  int commits = 1;
  if (reader_takes_part) {
    txn t3 = store.begin(true);
    CHECK(get(store, t3, x) == 0);
    CHECK(get(store, t3, y) == 20);
    commits += store.commit(t3) == status::ok ? 1 : 0;
  }
  const bool wrote = store.put(t2, x, -11) == status::ok;
  return commits + (wrote && store.commit(t2) == status::ok ? 1 : 0);
}

/// Two transactions read x, then both write x + 1. The sum of what committed, and x.
template <class Store>
std::pair<int, std::optional<mvcc::value_type>> two_upgrades() {
  Store store;
  fill(store, {{x, 0}});
  txn t1 = store.begin();
  txn t2 = store.begin();
  const auto increment = [&store](txn& t, mvcc::value_type from) {
    return store.put(t, x, from + 1) == status::ok && store.commit(t) == status::ok ? 1 : 0;
  };
  const auto read1 = *get(store, t1, x);
  const auto read2 = *get(store, t2, x);
  int first = 0;
  std::thread other([&] { first = increment(t1, read1); });
  wait_until_blocked(store);
  const int second = increment(t2, read2);
  other.join();
  return {first + second, committed(store, x)};
}

}  // namespace

TEST_CASE("B03 M1 write skew", "[mvcc]") {
  CHECK(doctors_who_leave<ser_level::reference>() == 1);
  CHECK(doctors_who_leave<si_level::reference>() == 2);  // allowed
  CHECK(doctors_who_leave<ser_level::faulty_si_sold_as_serializable>() == 2);
}

TEST_CASE("B03 M2 phantom", "[mvcc]") {
  CHECK(bookings_of_one_slot<ser_level::reference>() == 1);
  CHECK(bookings_of_one_slot<si_level::reference>() == 2);  // allowed
  CHECK(bookings_of_one_slot<ser_level::faulty_item_locks_only>() == 2);
  CHECK(doctors_who_leave<ser_level::faulty_item_locks_only>() == 1);
}

TEST_CASE("B03 M3 the read-only transaction's anomaly", "[mvcc]") {
  CHECK(commits_around_a_reader<ser_level::reference>(true) == 2);
  CHECK(commits_around_a_reader<ser_level::reference>(false) ==
        2);  // without the reader, T2 then T1 is an order
  CHECK(commits_around_a_reader<si_level::reference>(true) == 3);  // allowed
  CHECK(commits_around_a_reader<ser_level::faulty_read_only_always_safe>(true) == 3);
  CHECK(doctors_who_leave<ser_level::faulty_read_only_always_safe>() == 1);
}

TEST_CASE("B03 M4 two-phase locking keeps what was read", "[mvcc]") {
  ser_level::faulty_short_read_locks broken;
  fill(broken, {{x, 0}});
  txn reader = broken.begin();
  CHECK(get(broken, reader, x) == 0);
  fill(broken, {{x, 1}});
  CHECK(get(broken, reader, x) == 1);

  ser_level::reference_s2pl store;
  fill(store, {{x, 0}});
  txn t1 = store.begin();
  CHECK(get(store, t1, x) == 0);
  std::thread writer([&] { fill(store, {{x, 1}}); });
  wait_until_blocked(store);
  CHECK(get(store, t1, x) == 0);
  CHECK(store.commit(t1) == status::ok);
  writer.join();
  CHECK(committed(store, x) == 1);
}

TEST_CASE("B03 M5 an upgrade keeps the shared lock", "[mvcc]") {
  CHECK(two_upgrades<ser_level::reference_s2pl>() == std::pair(1, std::optional<mvcc::value_type>(1)));
  CHECK(two_upgrades<ser_level::faulty_upgrade_drops_s_lock>() ==
        std::pair(2, std::optional<mvcc::value_type>(1)));
}

TEST_CASE("two-phase locking waits for the range, present keys or not", "[mvcc]") {
  ser_level::reference_s2pl store;
  txn t1 = store.begin();
  REQUIRE(store.scan(t1, x, y, everything).value.empty());
  std::thread writer([&] { fill(store, {{y, 1}}); });
  wait_until_blocked(store);
  CHECK(store.scan(t1, x, y, everything).value.empty());
  store.abort(t1);
  writer.join();
  CHECK(committed(store, y) == 1);
}

TEST_CASE("conflict tracking forgets transactions that nobody is concurrent with", "[mvcc]") {
  ser_level::reference store;
  txn old = store.begin();
  get(store, old, x);
  fill(store, {{y, 1}});
  committed(store, y);
  CHECK(store.stats().siread_locks == 2);
  REQUIRE(store.commit(old) == status::ok);
  CHECK(store.stats().siread_locks == 0);
}

// --- real threads

TEMPLATE_TEST_CASE("threads that move money keep the total", "[mvcc]", si_level::reference,
                   ser_level::reference, ser_level::reference_s2pl) {
  TestType store;
  fill(store, {{0, 100}, {1, 100}, {2, 100}});
  const auto total = [&store](txn& t) -> std::optional<mvcc::value_type> {
    const auto all = store.scan(t, 0, 2, everything);
    if (!all) return std::nullopt;
    return std::accumulate(all.value.begin(), all.value.end(), mvcc::value_type{0},
                           [](mvcc::value_type sum, const mvcc::key_value& r) { return sum + r.second; });
  };
  const auto transfer = [&store](std::mt19937& random) {
    txn t = store.begin();
    const auto from = static_cast<mvcc::key_type>(random() % 3);
    const bool ok = store.rmw(t, from, [](auto v) { return v - 1; }).code == status::ok &&
                    store.rmw(t, (from + 1) % 3, plus_one).code == status::ok;
    return ok && store.commit(t) == status::ok;
  };
  std::atomic<int> wrong_totals = 0;
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 200; ++i) {
        transfer(random);
        txn reader = store.begin(true);
        const auto sum = total(reader);
        if (sum && *sum != 300 && store.commit(reader) == status::ok) ++wrong_totals;
        store.abort(reader);
        if (i % 16 == 0) store.vacuum();
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(wrong_totals == 0);
  txn last = store.begin(true);
  CHECK(total(last) == 300);
  CHECK(store.blocked() == 0);
}
