// How long does the analysis of list-append histories take, and how much memory?
//
//   heddle_isolation_bench [transactions…]        (10,000, 100,000 and 1,000,000 if none are given)
//
// 32 processes run transactions of 1 to 5 operations, half of them appends, on 24 keys at a time; a key is
// retired after 256 appends. Each history is judged four times: executed one transaction at a time, hence
// strict serializable; under snapshot isolation; with stale reads; and with torn transactions (read committed).
// The same seed always gives the same histories.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <heddle/isolation/list_append.hpp>

namespace {

using namespace heddle::isolation;

enum class store_kind { serial, snapshot, stale, torn };

/// A store that keeps all versions: of a key's list, the elements with the time of their commit.
class simulated_store {
 public:
  simulated_store(store_kind kind, std::uint32_t seed) : kind_(kind), random_(seed) { open_keys(); }

  list_append_history run(std::uint32_t transactions) {
    std::vector<client> clients(32);
    std::uint32_t started = 0;
    std::uint32_t returned = 0;
    while (returned < transactions) {
      const std::uint32_t p = below(32);
      client& c = clients[p];
      if (c.state == client::idle && started < transactions) {
        ++started;
        invoke(c);
      } else if (c.state == client::invoked) {
        advance(c);
      } else if (c.state == client::executed) {
        record(p, c);
        ++returned;
      }
    }
    return std::move(history_);
  }

 private:
  struct operation {
    bool append;
    key_id key;
    std::int64_t element;
    std::vector<std::int64_t> seen;
  };
  struct client {
    enum { idle, invoked, executed } state = idle;
    std::uint32_t invoked_at = 0;
    std::size_t snapshot = 0;
    std::size_t done = 0;
    std::vector<operation> operations;
  };
  struct versioned {
    std::int64_t element;
    std::size_t commit;
  };

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  void open_keys() {
    while (open_.size() < 24) {
      open_.push_back(static_cast<key_id>(lists_.size()));
      lists_.emplace_back();
      appended_.push_back(0);
    }
  }

  void invoke(client& c) {
    c.state = client::invoked;
    c.invoked_at = position_++;
    c.done = 0;
    c.snapshot = commits_;
    if (kind_ == store_kind::stale && below(1000) == 0) c.snapshot -= std::min<std::size_t>(c.snapshot, 50);
    c.operations.resize(1 + below(5));
    for (operation& o : c.operations) {
      const std::uint32_t which = below(24);
      o = {below(2) == 0, open_[which], 0, {}};
      if (o.append) o.element = ++appended_[static_cast<std::size_t>(o.key)];
      if (o.append && o.element == 256) {
        open_.erase(open_.begin() + which);
        open_keys();
      }
    }
  }

  void advance(client& c) {
    if (kind_ == store_kind::torn) {
      execute(c.operations[c.done], commits_, {});
      ++commits_;
      if (++c.done == c.operations.size()) c.state = client::executed;
      return;
    }
    if (kind_ == store_kind::snapshot || kind_ == store_kind::stale) {
      if (must_abort(c)) c.snapshot = commits_;  // again, from the beginning
    } else {
      c.snapshot = commits_;
    }
    std::map<key_id, std::vector<std::int64_t>> own;
    for (operation& o : c.operations) {
      execute(o, c.snapshot, own[o.key]);
      if (o.append) own[o.key].push_back(o.element);
    }
    ++commits_;
    c.state = client::executed;
  }

  bool must_abort(const client& c) const {
    for (const operation& o : c.operations) {
      const auto& list = lists_[static_cast<std::size_t>(o.key)];
      if (o.append && !list.empty() && list.back().commit > c.snapshot) return true;
    }
    return false;
  }

  /// Appends show from the next commit on.
  void execute(operation& o, std::size_t as_of, const std::vector<std::int64_t>& own) {
    auto& list = lists_[static_cast<std::size_t>(o.key)];
    if (o.append) return list.push_back({o.element, commits_ + 1});
    o.seen.clear();
    for (const versioned& v : list)
      if (v.commit <= as_of) o.seen.push_back(v.element);
    o.seen.insert(o.seen.end(), own.begin(), own.end());
  }

  void record(std::uint32_t process, client& c) {
    history_.begin(process, c.invoked_at, position_++, status::committed);
    for (const operation& o : c.operations) {
      if (o.append) {
        history_.append(o.key, o.element);
      } else {
        history_.read(o.key, o.seen);
      }
    }
    c.state = client::idle;
  }

  store_kind kind_;
  std::mt19937 random_;
  std::uint32_t position_ = 0;
  std::size_t commits_ = 0;
  std::vector<key_id> open_;
  std::vector<std::vector<versioned>> lists_;
  std::vector<std::int64_t> appended_;
  list_append_history history_;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const char* store, store_kind kind, std::uint32_t transactions) {
  auto start = std::chrono::steady_clock::now();
  const list_append_history history = simulated_store(kind, 1).run(transactions);
  const double generated = seconds_since(start);
  start = std::chrono::steady_clock::now();
  const findings f = analyse(history);
  const double analysed = seconds_since(start);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  std::string levels;
  for (const level l : f.strongest()) levels += (levels.empty() ? "" : ", ") + name(l);
  std::printf("%9u  %-9s %9.2f s %9.2f s %8ld MB  %7zu%s  %s\n", transactions, store, generated, analysed,
              used.ru_maxrss / 1024, f.anomalies().size(), f.complete() ? " " : "+",
              levels.empty() ? "none" : levels.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::uint32_t> sizes{10'000, 100'000, 1'000'000};
  if (argc > 1) sizes.clear();
  for (int i = 1; i < argc; ++i) sizes.push_back(static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)));
  std::puts("transactions  store  generated+read  analysed  peak memory  anomalies  strongest levels");
  for (const std::uint32_t n : sizes) {
    measure("serial", store_kind::serial, n);
    measure("snapshot", store_kind::snapshot, n);
    measure("stale", store_kind::stale, n);
    measure("torn", store_kind::torn, n);
  }
}
