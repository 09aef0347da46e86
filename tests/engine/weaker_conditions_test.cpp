// Contracts that promise less than linearizability: stores of two registers, each of which keeps some of the
// conditions and breaks the others. Exploration finds what is broken, and nothing else.
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <heddle/heddle.hpp>

namespace {

using heddle::condition;

enum class name { x, y };
using contents = std::map<name, int>;

/// A write, and those that are seen with it; writes are named by their places in the log.
struct written {
  name where;
  int what;
  std::set<std::size_t> comes_with;
};

/// What a process keeps between its calls.
struct client {
  std::set<std::size_t> own;
  std::set<std::size_t> seen;
  std::size_t up_to_date = 0;  ///< so much of the log has reached it
  std::size_t reads = 0;
};

/// A log of writes that all agree on. Stores differ in how much of it a client sees.
class store {
 public:
  virtual ~store() = default;

  virtual void put(client& who, name where, int what) {
    const std::lock_guard lock(mutex_);
    const std::size_t place = log_.size();
    log_.push_back({where, what, {}});
    who.own.insert(place);
    on_write(who, place);
  }
  int get(client& who, name where) { return snapshot(who).at(where); }
  virtual contents snapshot(client& who) {
    const std::lock_guard lock(mutex_);
    ++who.reads;
    contents found{{name::x, 0}, {name::y, 0}};
    for (const std::size_t w : visible(who)) {
      who.seen.insert(w);
      found[log_[w].where] = log_[w].what;
    }
    return found;
  }

 protected:
  virtual void on_write(client&, std::size_t) {}
  virtual std::set<std::size_t> visible(client& who) = 0;

  std::set<std::size_t> first(std::size_t count) const {
    std::set<std::size_t> all;
    for (std::size_t i = 0; i < count; ++i) all.insert(all.end(), i);
    return all;
  }
  /// The newest write, and what it comes with, beside what the client has to see.
  std::set<std::size_t> newest_beside(std::set<std::size_t> all) const {
    if (!log_.empty()) add(all, log_.size() - 1);
    return all;
  }
  void add(std::set<std::size_t>& to, std::size_t w) const {
    to.insert(w);
    for (const std::size_t other : log_[w].comes_with)
      if (!to.contains(other)) add(to, other);
  }
  bool every_other_read(const client& who) const { return who.reads % 2 == 0; }

  std::mutex mutex_;
  std::vector<written> log_;
};

struct always_fresh : store {
  std::set<std::size_t> visible(client&) override { return first(log_.size()); }
};

/// Reads are local, writes wait until their process has everything (Attiya & Welch 1994).
struct local_reads : store {
  void on_write(client& who, std::size_t place) override { who.up_to_date = place + 1; }
  std::set<std::size_t> visible(client& who) override {
    if (every_other_read(who)) who.up_to_date = log_.size();
    return first(who.up_to_date);
  }
};

/// Writes take effect when nobody is busy.
struct when_quiet : store {
  void put(client& who, name where, int what) override {
    enter();
    store::put(who, where, what);
    leave();
  }
  contents snapshot(client& who) override {
    enter();
    const contents found = store::snapshot(who);
    leave();
    return found;
  }
  std::set<std::size_t> visible(client&) override { return first(effective_); }

 private:
  void enter() {
    const std::lock_guard lock(mutex_);
    ++busy_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--busy_ == 0) effective_ = log_.size();
  }
  int busy_ = 0;
  std::size_t effective_ = 0;
};

/// A process sees its own writes at once, those of others later, all in the order of the log.
struct causal : local_reads {
  void on_write(client&, std::size_t) override {}
  std::set<std::size_t> visible(client& who) override {
    std::set<std::size_t> all = local_reads::visible(who);
    all.insert(who.own.begin(), who.own.end());
    return all;
  }
};

/// A process has to wait for its own writes like everybody.
struct own_writes_late : local_reads {
  void on_write(client&, std::size_t) override {}
};

/// Reads take turns between the newest replica and one that has only what it needs to show own writes.
struct two_replicas : local_reads {
  std::set<std::size_t> visible(client& who) override {
    return first(every_other_read(who) ? who.up_to_date : log_.size());
  }
};

/// Newest first: a write arrives without those that its process made before.
struct newest_first : store {
  void on_write(client& who, std::size_t place) override { log_[place].comes_with = who.seen; }
  std::set<std::size_t> visible(client& who) override {
    std::set<std::size_t> all = who.seen;
    all.insert(who.own.begin(), who.own.end());
    return newest_beside(std::move(all));
  }
};

/// A write arrives without those that its process had read, an answer without its question.
struct answers_first : newest_first {
  void on_write(client& who, std::size_t place) override { log_[place].comes_with = who.own; }
};

struct model {
  contents now{{name::x, 0}, {name::y, 0}};
  void put(name where, int what) { now[where] = what; }
  int get(name where) const { return now.at(where); }
  contents snapshot() const { return now; }
  bool operator==(const model&) const = default;
};

using definition = std::shared_ptr<const heddle::contract_definition>;
using maker = std::unique_ptr<store> (*)();

template <class Store>
std::unique_ptr<store> make() {
  return std::make_unique<Store>();
}

/// Without a condition, and without saying what is read and written.
auto stores(maker make_store, rc::Gen<int> values = rc::gen::inRange(1, 1000)) {
  return heddle::contract<store, model, client>("store")
      .configured_by(
          rc::gen::element(0), [make_store](int) { return make_store(); }, [](int) { return model(); })
      .operation(
          "put", [](store& s, client& c, name where, int what) { s.put(c, where, what); }, &model::put,
          rc::gen::element(name::x, name::y), std::move(values));
}

definition promises(condition asked, maker make_store) {
  return stores(make_store)
      .writes(1, 0)
      .operation(
          "get", [](store& s, client& c, name where) { return s.get(c, where); }, &model::get,
          rc::gen::element(name::x, name::y))
      .reads(0)
      .operation(
          "snapshot", [](store& s, client& c) { return s.snapshot(c); }, &model::snapshot)
      .reads_several()
      .condition(asked)
      .definition();
}

heddle::check_report explored(condition asked, maker make_store) {
  const heddle::check_report r = heddle::verify(promises(asked, make_store), {.schedules = 2'000});
  std::filesystem::remove(r.case_file);
  return r;
}

/// Explores the store under each condition: exactly those of `broken` are.
void breaks(maker make_store, const std::set<condition>& broken) {
  for (std::size_t i = 0; i < heddle::condition_count; ++i) {
    const auto asked = static_cast<condition>(i);
    const heddle::check_report r = explored(asked, make_store);
    INFO(heddle::name(asked) << '\n' << r.text);
    CHECK(r.passed != broken.contains(asked));
    if (!r.passed) CHECK(r.headline == "store is " + heddle::negated(satisfied(asked)));
  }
}

constexpr condition lin = condition::linearizability;
constexpr condition sc = condition::sequential_consistency;
constexpr condition qc = condition::quiescent_consistency;
constexpr condition cm = condition::causal_memory;
constexpr condition ccv = condition::causal_convergence;
constexpr condition cc = condition::causal_consistency;
constexpr condition ryw = condition::read_your_writes;
constexpr condition mr = condition::monotonic_reads;
constexpr condition mw = condition::monotonic_writes;
constexpr condition wfr = condition::writes_follow_reads;

TEST_CASE("a linearizable store keeps every weaker condition too") {
  breaks(&make<always_fresh>, {});
}

TEST_CASE("local reads are sequentially consistent, but neither linearizable nor quiescently consistent") {
  breaks(&make<local_reads>, {lin, qc});
}

TEST_CASE("writes that wait for a quiet moment are quiescently consistent, and nothing else about sessions") {
  breaks(&make<when_quiet>, {lin, sc, cm, ccv, cc, ryw});
}

TEST_CASE("a causal store is not sequentially consistent: two processes may miss each other's writes") {
  breaks(&make<causal>, {lin, sc, qc});
}

TEST_CASE("each session guarantee is broken by a store that keeps the other three") {
  breaks(&make<own_writes_late>, {lin, sc, qc, cm, ccv, cc, ryw});
  breaks(&make<two_replicas>, {lin, sc, qc, cm, ccv, cc, mr});
  breaks(&make<newest_first>, {lin, sc, qc, cm, ccv, cc, mw});
  breaks(&make<answers_first>, {lin, sc, qc, cm, ccv, cc, wfr});
}

TEST_CASE("reports say in a sentence what a guarantee would have promised") {
  const auto text = [](condition asked, maker make_store) { return explored(asked, make_store).text; };
  using Catch::Matchers::Contains;
  CHECK_THAT(text(ryw, &make<own_writes_late>),
             Contains("violates read your writes: thread 1 wrote 1 to x and afterwards read 0 from x"));
  // Threads are numbered as in the picture above it.
  CHECK_THAT(text(mw, &make<newest_first>), Contains("violates monotonic writes: thread 1 wrote 1 to ") &&
                                                Contains("; thread 2 read 1 from "));
  CHECK_THAT(text(sc, &make<own_writes_late>),
             Contains("no order that keeps each thread's own explains this"));
}

// --- What such contracts have to say

TEST_CASE("session guarantees need to know which operations read and write") {
  const auto unclear = stores(&make<causal>).condition(condition::monotonic_reads).definition();
  CHECK_THROWS_WITH(heddle::verify(unclear, {.schedules = 1}),
                    "the contract \"store\" cannot be run: monotonic reads is about reads and writes of "
                    "registers, so say with .reads(…) or .writes(…) what is done by \"put\"");
}

TEST_CASE("histories in which a value is written twice are not decided, and the report counts them") {
  const auto twice = stores(&make<causal>, rc::gen::element(1))
                         .writes(1, 0)
                         .condition(condition::monotonic_reads)
                         .definition();
  const heddle::check_report r = heddle::verify(twice, {.schedules = 50});
  CHECK(r.passed);
  CHECK_THAT(r.text, Catch::Matchers::Contains(" were not decided\n"));
}

}  // namespace
