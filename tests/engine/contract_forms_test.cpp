// Every form that a contract may take, by example: a right component holds, a wrong one is caught. The right
// ones also run on real threads (.tsan), where schedules are as they fall and catching is a matter of luck.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include <catch2/catch.hpp>

#include <heddle/heddle.hpp>
#include <heddle/runtime/runtime.hpp>

using heddle::caller;
using heddle::contract;
using heddle::observed;

namespace {

using definition = std::shared_ptr<const heddle::contract_definition>;

constexpr heddle::check_options options{.schedules = 1'500};

void holds(const definition& contract) {
  const heddle::check_report r = heddle::verify(contract, options);
  INFO(r.text);
  CHECK(r.passed);
}

void is_caught(const definition& contract, const std::string& headline) {
  if (!heddle::runtime::deterministic()) return;
  const heddle::check_report r = heddle::verify(contract, options);
  INFO(r.text);
  CHECK(!r.passed);
  CHECK(r.headline == headline);
  std::filesystem::remove(r.case_file);
}

// --- Deterministic: the model's functions mirror the component's

struct register_model {
  int value = 0;
  void write(int v) { value = v; }
  int read() const { return value; }
  bool operator==(const register_model&) const = default;
};

struct atomic_register {
  std::atomic<int> value{0};
  void write(int v) { value = v; }
  int read() const { return value; }
};

struct register_with_two_copies {
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  mutable std::atomic<int> reads{0};
  void write(int v) {
    first = v;
    second = v;
  }
  int read() const { return reads++ % 2 == 0 ? first : second; }
};

template <class Register>
definition registers() {
  return contract<Register, register_model>("register")
      .operation("write", &Register::write, &register_model::write, rc::gen::inRange(1, 5))
      .operation("read", &Register::read, &register_model::read)
      .definition();
}

// --- Acceptor: any of several answers is right

struct pool {
  std::mutex mutex;
  std::set<int> free{1, 2, 3};
  int take() {
    const std::lock_guard lock(mutex);
    if (free.empty()) return 0;
    const int any = *free.rbegin();
    free.erase(any);
    return any;
  }
  void give(int item) {
    const std::lock_guard lock(mutex);
    free.insert(item);
  }
};

struct pool_that_doubles : pool {
  int take() {
    int any = 0;
    {
      const std::lock_guard lock(mutex);
      if (free.empty()) return 0;
      any = *free.begin();
    }
    const std::lock_guard lock(mutex);
    free.erase(any);
    return any;
  }
};

struct pool_model {
  std::set<int> free{1, 2, 3};
  bool take(const observed<int>& seen) {
    if (!seen.returned()) return false;
    return seen.value() == 0 ? free.empty() : free.erase(seen.value()) == 1;
  }
  void give(int item) { free.insert(item); }
  bool operator==(const pool_model&) const = default;
};

template <class Pool>
definition pools() {
  return contract<Pool, pool_model>("pool").operation("take", &Pool::take, &pool_model::take).definition();
}

// --- Relation: several states may follow. A cache may forget at any time.

struct forgetful {
  std::atomic<int> value{0};
  std::atomic<int> reads{0};
  void put(int v) { value.store(v); }
  std::optional<int> get() {
    if (reads.fetch_add(1) % 3 == 2) value.store(0);
    const int v = value.load();
    return v == 0 ? std::nullopt : std::optional(v);
  }
};

struct forgetful_and_stale : forgetful {
  std::atomic<int> before{0};
  void put(int v) { before.store(value.exchange(v)); }
  std::optional<int> get() {
    const int v = reads.fetch_add(1) % 3 == 2 ? before.load() : value.load();
    return v == 0 ? std::nullopt : std::optional(v);
  }
};

struct forgetful_model {
  int value = 0;
  void put(int v) { value = v; }
  std::vector<forgetful_model> get(const observed<std::optional<int>>& seen) const {
    std::vector<forgetful_model> next;
    if (seen.may_be(std::nullopt)) next.push_back({0});
    if (value != 0 && seen.may_be(value)) next.push_back(*this);
    return next;
  }
  bool operator==(const forgetful_model&) const = default;
};

template <class Cache>
definition caches() {
  return contract<Cache, forgetful_model>("cache")
      .operation("put", &Cache::put, &forgetful_model::put, rc::gen::inRange(1, 4))
      .operation("get", &Cache::get, &forgetful_model::get)
      .shape({.processes_max = 2})
      .definition();
}

// --- Caller: what a call means depends on who calls. Session: what a process keeps between its calls.

struct lock_table {
  std::atomic<int> owner{0};
  std::atomic<int> next{1};
};

struct ticket {
  int number = 0;
};

bool acquire_ticket(lock_table& table, ticket& own) {
  if (own.number == 0) own.number = table.next.fetch_add(1);
  int nobody = 0;
  return table.owner.compare_exchange_strong(nobody, own.number);
}
bool release_ticket(lock_table& table, ticket& own) {
  int me = own.number;
  return own.number != 0 && table.owner.compare_exchange_strong(me, 0);
}
bool release_anybodys(lock_table& table, ticket& own) {
  return own.number != 0 && table.owner.exchange(0) != 0;
}

struct lock_model {
  std::optional<std::uint32_t> owner;
  bool acquire(caller who) {
    if (owner) return false;
    owner = who.process;
    return true;
  }
  bool release(caller who) {
    if (owner != who.process) return false;
    owner.reset();
    return true;
  }
  bool operator==(const lock_model&) const = default;
};

definition locks(bool (*release)(lock_table&, ticket&)) {
  return contract<lock_table, lock_model, ticket>("lock")
      .operation("acquire", &acquire_ticket, &lock_model::acquire)
      .operation("release", release, &lock_model::release)
      .definition();
}

// --- Partial: not enabled now. A blocking call that nothing could have let go on is right to wait.

struct channel {
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<int> items;
  void send(int item) {
    const std::lock_guard lock(mutex);
    items.push_back(item);
    arrived.notify_one();
  }
  int receive() {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return !items.empty(); });
    const int item = items.front();
    items.pop_front();
    return item;
  }
};

struct channel_that_notifies_on_empty_only : channel {
  void send(int item) {
    const std::lock_guard lock(mutex);
    items.push_back(item);
    if (items.size() == 1) arrived.notify_one();
  }
};

struct channel_model {
  std::deque<int> items;
  void send(int item) { items.push_back(item); }
  std::optional<int> receive() {
    if (items.empty()) return std::nullopt;
    const int item = items.front();
    items.pop_front();
    return item;
  }
  bool operator==(const channel_model&) const = default;
};

template <class Channel>
definition channels() {
  return contract<Channel, channel_model>("channel")
      .operation("send", &Channel::send, &channel_model::send, rc::gen::inRange(1, 4))
      .operation("receive", &Channel::receive, &channel_model::receive)
      .may_block()
      .definition();
}

// --- Two steps: a request, and later its grant. Whoever asked first is served first.

struct fair_lock {
  std::mutex mutex;
  std::condition_variable changed;
  unsigned next = 0;
  unsigned served = 0;
  unsigned enter() {
    std::unique_lock lock(mutex);
    const unsigned mine = next++;
    changed.wait(lock, [&] { return served == mine; });
    return mine;
  }
  void leave() {
    const std::lock_guard lock(mutex);
    if (served < next) ++served;
    changed.notify_all();
  }
};

struct fair_lock_that_wakes_one : fair_lock {
  void leave() {
    const std::lock_guard lock(mutex);
    if (served < next) ++served;
    changed.notify_one();
  }
};

struct fair_model {
  std::vector<std::uint32_t> waiting;  ///< processes, in the order in which they asked
  unsigned next = 0;
  unsigned served = 0;
  std::map<std::uint32_t, unsigned> ticket_of;
  void ask(caller who) { ticket_of[who.process] = next++; }
  std::optional<unsigned> granted(caller who) {
    const auto mine = ticket_of.find(who.process);
    if (mine == ticket_of.end() || mine->second != served) return std::nullopt;
    const unsigned number = mine->second;
    ticket_of.erase(mine);
    return number;
  }
  void leave() {
    if (served < next) ++served;
  }
  bool operator==(const fair_model&) const = default;
};

template <class Lock>
definition fair_locks() {
  return contract<Lock, fair_model>("fair lock")
      .operation_in_two_steps("enter", &Lock::enter, &fair_model::ask, &fair_model::granted)
      .may_block()
      .operation("leave", &Lock::leave, &fair_model::leave)
      .shape({.calls_max = 2, .prefix_max = 0})
      .definition();
}

// --- Keyed: independent objects are judged one by one

struct shards {
  std::atomic<int> of[3] = {};
  int add(int key) { return of[key].fetch_add(1); }
};
struct shards_that_lose : shards {
  int add(int key) {
    const int seen = of[key].load();
    of[key].store(seen + 1);
    return seen;
  }
};
struct shards_model {
  std::map<int, int> of;
  int add(int key) { return of[key]++; }
  bool operator==(const shards_model&) const = default;
};

template <class Shards>
definition sharded() {
  return contract<Shards, shards_model>("shards")
      .operation("add", &Shards::add, &shards_model::add, rc::gen::inRange(0, 3))
      .keyed()
      .definition();
}

// --- Configurations; invariants; a last call; internals that cannot be moved or copied

struct ring_settings {
  int capacity = 1;
  bool operator==(const ring_settings&) const = default;
};

class ring {
 public:
  explicit ring(int capacity) : capacity_(capacity) {}
  virtual ~ring() = default;
  bool put(int item) {
    const std::lock_guard lock(mutex_);
    if (static_cast<int>(items_.size()) >= capacity_) return false;
    items_.push_back(std::make_unique<int>(item));
    return true;
  }
  virtual int drain() {
    const std::lock_guard lock(mutex_);
    const int count = static_cast<int>(items_.size());
    items_.clear();
    return count;
  }
  bool within_bounds() const { return static_cast<int>(items_.size()) <= capacity_; }

 protected:
  std::mutex mutex_;
  int capacity_;
  std::vector<std::unique_ptr<int>> items_;
};

class ring_that_miscounts : public ring {
 public:
  using ring::ring;
  int drain() override { return ring::drain() / 2 * 2; }
};

struct ring_model {
  int capacity = 0;
  int count = 0;
  bool put(int) { return count < capacity && ++count > 0; }
  int drain() { return std::exchange(count, 0); }
  bool operator==(const ring_model&) const = default;
};

template <class Ring>
definition rings() {
  return contract<ring, ring_model>("ring")
      .operation("put", &ring::put, &ring_model::put, rc::gen::inRange(0, 9))
      .configured_by(
          rc::gen::map(rc::gen::inRange(1, 4), [](int capacity) { return ring_settings{capacity}; }),
          [](const ring_settings& s) -> std::unique_ptr<ring> { return std::make_unique<Ring>(s.capacity); },
          [](const ring_settings& s) {
            return ring_model{s.capacity, 0};
          })
      .finally("drain", &ring::drain, &ring_model::drain)
      .invariant("within bounds", [](const ring& r) { return r.within_bounds(); })
      .definition();
}

struct purse {
  std::atomic<int> coins{10};
  void spend() {
    if (coins.load() > 9) coins.fetch_sub(1);
  }
};
struct no_state {
  void anything() {}
  bool operator==(const no_state&) const = default;
};

// --- Time: the clock's steps are calls of the model

struct lease {
  std::mutex mutex;
  std::optional<std::chrono::steady_clock::time_point> until;
  bool acquire() {
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    if (until && now < *until) return false;
    until = now + std::chrono::seconds(10);
    return true;
  }
};
struct lease_one_too_late : lease {
  bool acquire() {
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    if (until && now <= *until) return false;
    until = now + std::chrono::seconds(10);
    return true;
  }
};
struct lease_model {
  std::optional<std::chrono::nanoseconds> left;
  void advance(std::chrono::nanoseconds by) {
    if (left) left = std::max(*left - by, std::chrono::nanoseconds(0));
  }
  bool acquire() {
    if (left && left->count() > 0) return false;
    left = std::chrono::seconds(10);
    return true;
  }
  bool operator==(const lease_model&) const = default;
};

template <class Lease>
definition leases() {
  return contract<Lease, lease_model>("lease")
      .operation("acquire", &Lease::acquire, &lease_model::acquire)
      .time_steps(
          rc::gen::element<std::chrono::nanoseconds>(std::chrono::seconds(10), std::chrono::seconds(5)))
      .definition();
}

// --- Exceptions are results

struct account {
  std::atomic<int> balance{3};
  void withdraw(int amount) {
    int seen = balance.load();
    do {
      if (seen < amount) throw std::domain_error("not enough");
    } while (!balance.compare_exchange_weak(seen, seen - amount));
  }
};
struct account_that_throws_too_late : account {
  void withdraw(int amount) {
    if (balance.fetch_sub(amount) >= amount) return;
    throw std::domain_error("not enough");
  }
};
struct account_model {
  int balance = 3;
  void withdraw(int amount) {
    if (balance < amount) throw std::domain_error("not enough");
    balance -= amount;
  }
  bool operator==(const account_model&) const = default;
};

template <class Account>
definition accounts() {
  return contract<Account, account_model>("account")
      .operation("withdraw", &Account::withdraw, &account_model::withdraw, rc::gen::inRange(1, 3))
      .definition();
}

}  // namespace

TEST_CASE("deterministic model, void and const operations") {
  holds(registers<atomic_register>());
  is_caught(registers<register_with_two_copies>(), "register is NOT LINEARIZABLE");
}

TEST_CASE("acceptor: may this be seen now?") {
  holds(pools<pool>());
  is_caught(pools<pool_that_doubles>(), "pool is NOT LINEARIZABLE");
}

TEST_CASE("relation: every state that may follow") {
  holds(caches<forgetful>());
  is_caught(caches<forgetful_and_stale>(), "cache is NOT LINEARIZABLE");
}

TEST_CASE("caller and session: who calls, and what it keeps") {
  holds(locks(&release_ticket));
  is_caught(locks(&release_anybodys), "lock is NOT LINEARIZABLE");
}

TEST_CASE("blocking: rightly waiting is no failure, waiting although one could go on is") {
  holds(channels<channel>());
  is_caught(channels<channel_that_notifies_on_empty_only>(), "channel is NOT LINEARIZABLE");
}

TEST_CASE("two steps: a request and its grant") {
  holds(fair_locks<fair_lock>());
  is_caught(fair_locks<fair_lock_that_wakes_one>(), "fair lock is NOT LINEARIZABLE");
}

TEST_CASE("keyed: objects that have nothing to do with one another") {
  holds(sharded<shards>());
  is_caught(sharded<shards_that_lose>(), "shards is NOT LINEARIZABLE");
}

TEST_CASE("configurations, a last call, internals that cannot be copied, an interface") {
  holds(rings<ring>());
  is_caught(rings<ring_that_miscounts>(), "ring is NOT LINEARIZABLE");
}

TEST_CASE("invariants must hold when all is done") {
  const auto purses = [](int least) {
    return contract<purse, no_state>("purse")
        .operation("spend", &purse::spend, &no_state::anything)
        .invariant("something is left", [least](const purse& p) { return p.coins.load() >= least; })
        .definition();
  };
  holds(purses(5));
  is_caught(purses(9), "purse: BROKEN INVARIANT");
}

TEST_CASE("time steps") {
  holds(leases<lease>());
  is_caught(leases<lease_one_too_late>(), "lease is NOT LINEARIZABLE");
}

TEST_CASE("exceptions are results") {
  holds(accounts<account>());
  is_caught(accounts<account_that_throws_too_late>(), "account is NOT LINEARIZABLE");
}
