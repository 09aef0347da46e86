// The idempotency store on one thread: examples of its use, every variant's mistake and its absence in the
// reference, crashes between any two calls of the table, agreement of model and reference on random request
// sequences, and a smoke test on threads.
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/value.hpp>
#include <heddle/models/idempotency_key_store.hpp>
#include <heddle/targets/idempotency_key_store/faulty_delete_key_on_exception.hpp>
#include <heddle/targets/idempotency_key_store/faulty_get_then_set.hpp>
#include <heddle/targets/idempotency_key_store/faulty_key_is_payload_hash.hpp>
#include <heddle/targets/idempotency_key_store/faulty_setnx_then_expire.hpp>
#include <heddle/targets/idempotency_key_store/faulty_ttl_shorter_than_retry.hpp>
#include <heddle/targets/idempotency_key_store/faulty_unscoped_key.hpp>
#include <heddle/targets/idempotency_key_store/memory_store.hpp>
#include <heddle/targets/idempotency_key_store/reference.hpp>

#include "virtual_clock.hpp"

namespace {

namespace target = heddle::targets::idempotency_key_store;
using heddle::caller;
using heddle::tests::virtual_clock;
using model = heddle::models::idempotency_key_store;
using outcome = target::effect_outcome;
using fate = outcome::fate;
using kind = target::reply::kind;
using seen = heddle::observed<model::reply>;
using namespace std::chrono_literals;

template <class Store>
concept idempotency_store = std::constructible_from<Store, target::store_port&, const target::options&> &&
    requires(Store s, const std::string& text, const target::effect& run, const target::resume& again) {
  { s.handle(text, text, text, text, run) } -> std::same_as<target::reply>;
  { s.recover(again) } -> std::same_as<target::recovery>;
};
static_assert(idempotency_store<target::reference>);
static_assert(idempotency_store<target::faulty_get_then_set>);
static_assert(idempotency_store<target::faulty_setnx_then_expire>);
static_assert(idempotency_store<target::faulty_delete_key_on_exception>);
static_assert(idempotency_store<target::faulty_unscoped_key>);
static_assert(idempotency_store<target::faulty_ttl_shorter_than_retry>);
static_assert(idempotency_store<target::faulty_key_is_payload_hash>);
static_assert(std::is_aggregate_v<model> && heddle::model_state<model> && heddle::describable<model>);

/// The payment provider: charges once per downstream key, and answers a repetition like the first time.
class provider {
 public:
  outcome charge(const std::string& downstream_key) {
    const auto [receipt, fresh] =
        receipts_.try_emplace(downstream_key, "charge " + std::to_string(receipts_.size() + 1));
    return {fate::executed, {201, receipt->second}};
  }

  /// How often a request was charged, over all downstream keys that it had.
  std::uint32_t charges(const std::string& request) const {
    std::uint32_t count = 0;
    for (const auto& [key, receipt] : receipts_) count += key.starts_with(request + '#') ? 1 : 0;
    return count;
  }

  std::size_t charges() const { return receipts_.size(); }

 private:
  std::map<std::string, std::string> receipts_;
};

struct crash : std::runtime_error {
  crash() : std::runtime_error("process died") {}
};

/// A table whose caller dies before its n-th call (0: the first).
class dying_table : public target::store_port {
 public:
  explicit dying_table(target::store_port& under) : under_(under) {}
  void die_before(int call) { left_ = call; }

  std::optional<target::record> get(const target::record_key& key) override { return live().get(key); }
  std::optional<target::record> insert_if_absent(const target::record_key& key,
                                                 const target::record& row) override {
    return live().insert_if_absent(key, row);
  }
  std::optional<target::record> replace_if_unchanged(const target::record_key& key, std::uint64_t revision,
                                                     const target::record& row) override {
    return live().replace_if_unchanged(key, revision, row);
  }
  bool erase_if_unchanged(const target::record_key& key, std::uint64_t revision) override {
    return live().erase_if_unchanged(key, revision);
  }
  target::record put(const target::record_key& key, const target::record& row) override {
    return live().put(key, row);
  }
  std::vector<target::record_key> due(target::clock::time_point now) override { return live().due(now); }

 private:
  target::store_port& live() {
    if (left_-- == 0) throw crash();
    return under_;
  }

  target::store_port& under_;
  int left_ = -1;
};

/// One service, one endpoint, one provider.
template <class Store>
struct service {
  explicit service(const target::options& chosen = {}) : store(table, chosen) {}

  target::reply post(const std::string& user, const std::string& key, const std::string& body = "10 EUR") {
    return store.handle(user, "/charges", key, body, [&](const std::string& k) { return bank.charge(k); });
  }

  virtual_clock clock{};
  target::memory_store memory{};
  dying_table table{memory};
  provider bank{};
  Store store;
};

/// The first request dies before the n-th call of the table; the retry comes when the lease is over.
template <class Store>
std::pair<kind, std::size_t> retry_after_crash(int call) {
  service<Store> s;
  s.table.die_before(call);
  CHECK_THROWS_AS(s.post("ann", "k1"), crash);
  s.clock.advance(30s);
  const kind what = s.post("ann", "k1").what;
  return {what, s.bank.charges()};
}

/// The provider charges, but its answer is lost; the client retries at once and again after the lease. How
/// often it paid.
template <class Store>
std::size_t charges_after_lost_answer() {
  service<Store> s;
  const target::effect lose_the_answer = [&](const std::string& k) -> outcome {
    s.bank.charge(k);
    throw std::runtime_error("timeout");
  };
  CHECK_THROWS_WITH(s.store.handle("ann", "/charges", "k1", "10 EUR", lose_the_answer), "timeout");
  s.post("ann", "k1");
  s.clock.advance(30s);
  CHECK(s.post("ann", "k1").answer.status == 201);
  return s.bank.charges();
}

/// A duplicate looks the key up while the first request has done so and not yet claimed it. How often was
/// charged.
template <class Store>
std::size_t charges_of_two_who_look_first() {
  struct overtaken : target::memory_store {
    std::function<void()> after_get = [] {};
    std::optional<target::record> get(const target::record_key& key) override {
      const auto found = memory_store::get(key);
      std::exchange(after_get, [] {})();
      return found;
    }
  };
  virtual_clock clock;
  overtaken table;
  provider bank;
  Store store(table);
  const auto post = [&] {
    return store.handle("ann", "/charges", "k1", "10 EUR",
                        [&](const std::string& k) { return bank.charge(k); });
  };
  table.after_get = [&] { post(); };
  post();
  return bank.charges();
}

}  // namespace

TEST_CASE("one effect per key, and one answer", "[idempotency]") {
  service<target::reference> s;
  const target::reply first = s.post("ann", "k1");
  CHECK(first == target::reply{kind::completed, {201, "charge 1"}});
  CHECK(s.post("ann", "k1") == target::reply{kind::replayed, {201, "charge 1"}});
  CHECK(s.post("ann", "k2").answer.body == "charge 2");
  CHECK(s.post("bob", "k1").answer.body == "charge 3");
  CHECK(s.bank.charges() == 3);
}

TEST_CASE("refusals have no effect and are not stored", "[idempotency]") {
  service<target::reference> s;
  CHECK(s.post("ann", "").answer.status == 400);
  CHECK(s.post("ann", std::string(256, 'k')).answer.status == 400);
  kind nested{};
  s.store.handle("ann", "/charges", "k1", "10 EUR", [&](const std::string& k) {
    nested = s.post("ann", "k1").what;
    return s.bank.charge(k);
  });
  CHECK(nested == kind::in_progress);
  CHECK(s.post("ann", "k1", "20 EUR").answer.status == 422);
  CHECK(s.post("ann", "k1").what == kind::replayed);
  CHECK(s.bank.charges() == 1);
}

TEST_CASE("what is kept of a request that had no effect is a matter of the policy", "[idempotency]") {
  const auto keep = GENERATE(target::policy::store_all, target::policy::delete_if_not_executed);
  service<target::reference> s({.keep = keep});
  const auto refused = s.store.handle("ann", "/charges", "k1", "10 EUR", [](const std::string&) {
    return outcome{fate::not_executed, {503, "try later"}};
  });
  CHECK(refused == target::reply{kind::not_executed, {503, "try later"}});
  CHECK(s.post("ann", "k1").what == (keep == target::policy::store_all ? kind::replayed : kind::completed));
}

TEST_CASE("a key may be forgotten when it has expired, and then is a new one", "[idempotency]") {
  service<target::reference> s;
  s.post("ann", "k1");
  s.clock.advance(24h - 1ns);
  CHECK(s.post("ann", "k1").what == kind::replayed);
  s.clock.advance(1ns);
  CHECK(s.post("ann", "k1") == target::reply{kind::completed, {201, "charge 2"}});
}

TEST_CASE("stepping the wall clock back neither expires nor prolongs anything", "[idempotency]") {
  service<target::reference> s;
  s.post("ann", "k1");
  s.clock.set_back(48h);
  CHECK(s.post("ann", "k1").what == kind::replayed);
  s.clock.advance(24h);
  CHECK(s.post("ann", "k1").what == kind::completed);
}

TEST_CASE("a crash before any call of the table leaves a key that the retry resolves, with one charge",
          "[idempotency]") {
  const int call = GENERATE(0, 1, 2);  // get, claim, complete
  CHECK(retry_after_crash<target::reference>(call) == std::pair(kind::completed, std::size_t{1}));
}

TEST_CASE("an owner that is only slow has its effect once, and answers as its successor did",
          "[idempotency]") {
  service<target::reference> s;
  target::reply second;
  const auto first = s.store.handle("ann", "/charges", "k1", "10 EUR", [&](const std::string& k) {
    s.clock.advance(30s);
    second = s.post("ann", "k1");
    return s.bank.charge(k);
  });
  CHECK(second == target::reply{kind::completed, {201, "charge 1"}});
  CHECK(first == second);
  CHECK(s.bank.charges() == 1);
}

TEST_CASE("a refusal after a takeover does not speak for the first owner", "[idempotency]") {
  service<target::reference> s({.keep = target::policy::delete_if_not_executed});
  s.table.die_before(2);  // charged, not stored
  CHECK_THROWS_AS(s.post("ann", "k1"), crash);
  s.clock.advance(30s);
  const auto refused = s.store.handle("ann", "/charges", "k1", "10 EUR", [](const std::string&) {
    return outcome{fate::not_executed, {503, ""}};
  });
  CHECK(refused.what == kind::unknown);
  s.clock.advance(30s);
  CHECK(s.post("ann", "k1").what == kind::completed);
  CHECK(s.bank.charges() == 1);
}

TEST_CASE("recovery resolves what dead owners left and removes what has expired", "[idempotency]") {
  service<target::reference> s;
  const target::resume ask_again = [&](const target::record_key&, const std::string& k) {
    return s.bank.charge(k);
  };
  s.post("ann", "expired");
  s.clock.advance(24h);
  for (const std::string key : {"k1", "k2"}) {
    s.table.die_before(2);
    CHECK_THROWS_AS(s.post("ann", key), crash);
  }
  CHECK(s.store.recover(ask_again) == target::recovery{.removed = 1});
  CHECK(s.post("ann", "k1").what == kind::in_progress);
  s.clock.advance(30s);
  const target::resume not_reached = [](const target::record_key&, const std::string&) -> outcome {
    throw std::runtime_error("unreachable");
  };
  CHECK(s.store.recover(not_reached) == target::recovery{.unresolved = 2});
  s.clock.advance(30s);
  CHECK(s.store.recover(ask_again) == target::recovery{.resolved = 2});
  CHECK(s.post("ann", "k1").what == kind::replayed);
  CHECK(s.bank.charges() == 3);
}

TEST_CASE("a duplicate may wait for the first request", "[idempotency]") {
  target::memory_store table;
  target::reference store(table, {.wait_max = 1h});
  std::atomic<bool> started = false;
  std::atomic<bool> go_on = false;
  std::thread first([&] {
    store.handle("ann", "/charges", "k1", "10 EUR", [&](const std::string&) {
      started = true;
      while (!go_on) std::this_thread::yield();
      return outcome{fate::executed, {201, "charge 1"}};
    });
  });
  while (!started) std::this_thread::yield();
  std::thread second([&] {
    const auto reply = store.handle("ann", "/charges", "k1", "10 EUR", [](const std::string&) -> outcome {
      throw std::logic_error("a second effect");
    });
    CHECK(reply == target::reply{kind::replayed, {201, "charge 1"}});
  });
  go_on = true;
  first.join();
  second.join();
}

TEST_CASE("B11 M1 get then set", "[idempotency]") {
  CHECK(charges_of_two_who_look_first<target::reference>() == 1);
  CHECK(charges_of_two_who_look_first<target::faulty_get_then_set>() == 2);
}

TEST_CASE("B11 M2 a claim without a lease is for ever", "[idempotency]") {
  CHECK(retry_after_crash<target::faulty_setnx_then_expire>(1) == std::pair(kind::completed, std::size_t{1}));
  CHECK(retry_after_crash<target::faulty_setnx_then_expire>(2) ==
        std::pair(kind::in_progress, std::size_t{0}));
}

TEST_CASE("B11 M3 an exception is not the absence of an effect", "[idempotency]") {
  CHECK(charges_after_lost_answer<target::reference>() == 1);
  CHECK(charges_after_lost_answer<target::faulty_delete_key_on_exception>() == 2);
}

TEST_CASE("B11 M4 keys belong to their user", "[idempotency]") {
  service<target::faulty_unscoped_key> s;
  s.post("ann", "1");
  CHECK(s.post("bob", "1") == target::reply{kind::replayed, {201, "charge 1"}});
}

TEST_CASE("B11 M5 responses outlive the client's retries", "[idempotency]") {
  service<target::faulty_ttl_shorter_than_retry> s;
  s.post("ann", "k1");
  s.clock.advance(6s);
  CHECK(s.post("ann", "k1") == target::reply{kind::completed, {201, "charge 2"}});
}

TEST_CASE("B11 M6 two equal purchases are two", "[idempotency]") {
  service<target::faulty_key_is_payload_hash> s;
  s.post("ann", "k1");
  CHECK(s.post("ann", "k2") == target::reply{kind::replayed, {201, "charge 1"}});
}

// --- the model

namespace {

/// What happens to a request: its effect's fate, or a lost answer, or a crash before the n-th call of the
/// table.
enum class fault : std::uint8_t { none, refused, no_answer, answer_lost, dies_0, dies_1, dies_2 };

/// Minutes that go by, user, key, body, fault.
using step = std::tuple<int, int, int, int, fault>;

rc::Gen<std::vector<step>> steps() {
  const auto faults = rc::gen::weightedElement<fault>({{8, fault::none},
                                                       {2, fault::refused},
                                                       {2, fault::no_answer},
                                                       {2, fault::answer_lost},
                                                       {1, fault::dies_0},
                                                       {1, fault::dies_1},
                                                       {1, fault::dies_2}});
  return rc::gen::container<std::vector<step>>(rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange(0, 2),
                                                              rc::gen::inRange(0, 3), rc::gen::inRange(0, 2),
                                                              faults));
}

/// The call as the model sees it: a reply, an exception of the effect, or nothing if the process died.
struct observation {
  std::optional<model::reply> reply{};
  std::optional<std::string> exception{};

  seen as_seen() const {
    if (reply) return seen::returned(*reply);
    return exception ? seen::threw(*exception) : seen::nothing();
  }
};

model::reply as_model(const target::reply& r) {
  const bool has_body = r.what == kind::completed || r.what == kind::replayed || r.what == kind::not_executed;
  return {static_cast<model::reply::kind>(r.what), has_body ? r.answer.body : ""};
}

template <class Store>
observation call(service<Store>& s, const model::scope& of, const std::string& body, fault f) {
  const target::effect run = [&](const std::string& k) -> outcome {
    if (f == fault::refused) return {fate::not_executed, {503, "refused"}};
    if (f == fault::no_answer) return {fate::unknown, {}};
    const outcome charged = s.bank.charge(k);
    if (f == fault::answer_lost) throw std::runtime_error("timeout");
    return charged;
  };
  s.table.die_before(f < fault::dies_0 ? -1 : static_cast<int>(f) - static_cast<int>(fault::dies_0));
  try {
    return {as_model(s.store.handle(of.user, of.endpoint, of.key, body, run)), {}};
  } catch (const crash&) {
    return {};
  } catch (const std::runtime_error& e) {
    return {{}, e.what()};
  }
}

/// Every state that some choice of the model leads to.
template <class Step>
model::states each(const model::states& from, Step next) {
  model::states all;
  for (const model& m : from) {
    for (model& n : next(m)) all.push_back(std::move(n));
  }
  return all;
}

constexpr auto minute = std::chrono::minutes(1);

/// Whether the model explains these requests, one after the other, and the provider's ledger after each.
template <class Store>
bool model_explains(const std::vector<step>& requests, target::policy keep) {
  service<Store> s({.keep = keep, .lease = minute, .retention = 3 * minute});
  model::states states{
      {.store_all = keep == target::policy::store_all, .lease = minute, .retention = 3 * minute}};
  std::uint32_t process = 0;
  for (const auto& [minutes, user, key, body, f] : requests) {
    s.clock.advance(minutes * minute);
    for (model& m : states) m.advance(minutes * minute);
    const model::scope of{"user" + std::to_string(user), "/charges",
                          key == 0 ? "" : "k" + std::to_string(key)};
    const std::string hash = std::to_string(body);
    const observation got = call(s, of, hash, f);
    const caller who{process++};
    states = each(states, [&](const model& m) { return m.claim(who, of, hash, got.as_seen()); });
    states = each(states, [&](const model& m) { return m.complete(who, of, hash, got.as_seen()); });
    const std::uint32_t charges = s.bank.charges(of.user + ':' + of.endpoint + ':' + of.key);
    states = each(states, [&](const model& m) {
      return m.effects(of, heddle::observed<std::uint32_t>::returned(charges));
    });
    if (states.empty()) return false;
  }
  return true;
}

constexpr auto none = fault::none;

}  // namespace

TEST_CASE("the model explains every sequence of requests, crashes and losses", "[idempotency]") {
  CHECK(rc::check([] {
    const auto keep = *rc::gen::element(target::policy::store_all, target::policy::delete_if_not_executed);
    RC_ASSERT(model_explains<target::reference>(*steps(), keep));
  }));
}

TEST_CASE("the model rejects what the variants do in sequence", "[idempotency]") {
  const auto keep = target::policy::store_all;
  const std::vector<step> stuck{{0, 0, 1, 0, fault::dies_2}, {1, 0, 1, 0, none}};
  CHECK(model_explains<target::reference>(stuck, keep));
  CHECK_FALSE(model_explains<target::faulty_setnx_then_expire>(stuck, keep));

  const std::vector<step> lost_answer{{0, 0, 1, 0, fault::answer_lost}, {0, 0, 1, 0, none}};
  CHECK(model_explains<target::reference>(lost_answer, keep));
  CHECK_FALSE(model_explains<target::faulty_delete_key_on_exception>(lost_answer, keep));

  const std::vector<step> two_users{{0, 0, 1, 0, none}, {0, 1, 1, 0, none}};
  CHECK(model_explains<target::reference>(two_users, keep));
  CHECK_FALSE(model_explains<target::faulty_unscoped_key>(two_users, keep));

  const std::vector<step> late_retry{{0, 0, 1, 0, none}, {1, 0, 1, 0, none}};
  CHECK(model_explains<target::reference>(late_retry, keep));
  CHECK_FALSE(model_explains<target::faulty_ttl_shorter_than_retry>(late_retry, keep));

  const std::vector<step> equal_purchases{{0, 0, 1, 0, none}, {0, 0, 2, 0, none}};
  CHECK(model_explains<target::reference>(equal_purchases, keep));
  CHECK_FALSE(model_explains<target::faulty_key_is_payload_hash>(equal_purchases, keep));
}

TEST_CASE("the model: a duplicate is refused exactly while the first is in progress", "[idempotency]") {
  const model::scope k{"ann", "/charges", "k1"};
  const model::reply done{model::reply::kind::completed, "charge 1"};
  const model::reply refused{model::reply::kind::in_progress, ""};
  const model::reply replayed{model::reply::kind::replayed, "charge 1"};
  const model idle;
  CHECK(idle.claim({2}, k, "b", seen::returned(refused)).empty());

  const model busy = idle.claim({1}, k, "b", seen::returned(done)).at(0);
  CHECK(busy.claim({2}, k, "b", seen::returned(refused)) == model::states{busy});
  CHECK(busy.claim({2}, k, "b", seen::returned(replayed)).empty());
  CHECK(busy.claim({2}, k, "b", seen::returned(done)).empty());

  model late = busy;
  late.advance(30s);
  CHECK(late.claim({2}, k, "b", seen::returned(refused)).empty());
  CHECK(late.claim({2}, k, "b", seen::returned(done)).size() == 1);

  const model after = busy.complete({1}, k, "b", seen::returned(done)).at(0);
  CHECK(after.claim({2}, k, "b", seen::returned(refused)).empty());
  CHECK(after.claim({2}, k, "b", seen::returned(replayed)) == model::states{after});
  CHECK(after.claim({2}, k, "other", seen::returned({model::reply::kind::mismatch, ""})).size() == 1);
}

TEST_CASE("the model: an effect is counted once, whenever the ledger shows it", "[idempotency]") {
  using count = heddle::observed<std::uint32_t>;
  const std::uint32_t zero = 0;
  const std::uint32_t one = 1;
  const std::uint32_t two = 2;
  const model::scope k{"ann", "/charges", "k1"};
  const model::reply done{model::reply::kind::completed, "charge 1"};
  const model busy = model{}.claim({1}, k, "b", seen::returned(done)).at(0);
  CHECK(busy.effects(k, count::returned(zero)).size() == 1);
  CHECK(busy.effects(k, count::returned(two)).empty());
  const model effected = busy.effects(k, count::returned(one)).at(0);
  CHECK(effected.effects(k, count::returned(zero)).empty());
  const model after = effected.complete({1}, k, "b", seen::returned(done)).at(0);
  CHECK(after.effects(k, count::returned(one)) == model::states{after});
  CHECK(after.effects(k, count::returned(two)).empty());
}

TEST_CASE("the model: recovery resolves a dead owner's key", "[idempotency]") {
  const model::scope k{"ann", "/charges", "k1"};
  model dead = model{}.claim({1}, k, "b", seen::nothing()).at(0);
  CHECK(dead.recover({9}, k) == model::states{dead});
  dead.advance(30s);
  const model::states taken = dead.recover({9}, k);
  REQUIRE(taken.size() == 2);
  const model resolved = taken.at(0).recovered({9}, k).at(0);
  CHECK(resolved.entries.at(k).done);
  CHECK(resolved.ledger.at(k) == 1);
}

TEST_CASE("threads with one key share one effect", "[idempotency]") {
  target::memory_store table;
  target::reference store(table);
  std::atomic<int> effects = 0;
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto got = store.handle("ann", "/charges", "k1", "10 EUR", [&](const std::string&) {
        return outcome{fate::executed, {201, std::to_string(++effects)}};
      });
      if (got.answer.status == 201) ++answered;
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(effects == 1);
  CHECK(answered >= 1);
}
