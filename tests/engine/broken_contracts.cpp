#include "broken_contracts.hpp"

#include <optional>
#include <variant>

#include <rapidcheck/gen/Arbitrary.h>

#include <heddle/generators/environment.hpp>
#include <heddle/heddle.hpp>

#include "broken_components.hpp"

namespace broken {

struct limiter_model {
  int used = 0;
  bool try_acquire(int n) {
    if (used + n > 10) return false;
    used += n;
    return true;
  }
  bool operator==(const limiter_model&) const = default;
};

definition hit_limiter_contract() {
  return heddle::contract<hit_limiter, limiter_model>("hit limiter")
      .operation("try_acquire", &hit_limiter::try_acquire, &limiter_model::try_acquire,
                 rc::gen::inRange(1, 4))
      .definition();
}

definition ticket_office_contract() {
  struct model {
    int sold = 0;
    bool buy(int seats) {
      if (sold + seats > 5) return false;
      sold += seats;
      return true;
    }
    bool operator==(const model&) const = default;
  };
  return heddle::contract<ticket_office, model>("ticket office")
      .operation("buy", &ticket_office::buy, &model::buy, rc::gen::inRange(1, 4))
      .definition();
}

definition shop_door_contract() {
  struct model {
    bool is_closed = false;
    void close() { is_closed = true; }
    bool closed() const { return is_closed; }
    bool operator==(const model&) const = default;
  };
  return heddle::contract<shop_door, model>("shop door")
      .operation("close", &shop_door::close, &model::close)
      .operation("closed", &shop_door::closed, &model::closed)
      .definition();
}

/// A model of what only has to end.
struct anything {
  void happens() {}
  void takes(int) {}
  bool operator==(const anything&) const = default;
};

definition two_accounts_contract() {
  return heddle::contract<two_accounts, anything>("two accounts")
      .operation("to_savings", &two_accounts::to_savings, &anything::takes, rc::gen::inRange(1, 100))
      .operation("to_checking", &two_accounts::to_checking, &anything::takes, rc::gen::inRange(1, 100))
      .definition();
}

definition price_list_contract() {
  struct model {
    int price = -1;
    void publish() { price = 7; }
    int bread() const { return price; }
    bool operator==(const model&) const = default;
  };
  return heddle::contract<price_list, model>("price list")
      .operation("publish", &price_list::publish, &model::publish)
      .operation("bread", &price_list::bread, &model::bread)
      .definition();
}

definition shelf_contract() {
  struct model {
    int items = 0;
    void put() { ++items; }
    bool take() {
      if (items == 0) return false;
      --items;
      return true;
    }
    bool operator==(const model&) const = default;
  };
  return heddle::contract<shelf, model>("shelf")
      .operation("put", &shelf::put, &model::put)
      .operation("take", &shelf::take, &model::take)
      .definition();
}

definition printer_contract() {
  struct model {
    int print(int pages) { return pages; }
    bool operator==(const model&) const = default;
  };
  return heddle::contract<printer, model>("printer")
      .operation("print", &printer::print, &model::print, rc::gen::inRange(1, 10))
      .definition();
}

definition narrow_door_contract() {
  return heddle::contract<narrow_door, anything>("narrow door")
      .operation("pass_left", &narrow_door::pass_left, &anything::happens)
      .operation("pass_right", &narrow_door::pass_right, &anything::happens)
      .definition();
}

definition split_account_contract() {
  return heddle::contract<split_account, anything>("split account")
      .operation("move", &split_account::move, &anything::takes, rc::gen::inRange(1, 50))
      .invariant("no money is lost", [](const split_account& a) { return a.total() == 100; })
      .definition();
}

definition starting_gate_contract() {
  struct model {
    bool is_open = false;
    void open() { is_open = true; }
    std::optional<std::monostate> pass() const {
      return is_open ? std::optional(std::monostate()) : std::nullopt;
    }
    bool operator==(const model&) const = default;
  };
  return heddle::contract<starting_gate, model>("starting gate")
      .operation("open", &starting_gate::open, &model::open)
      .operation("pass", &starting_gate::pass, &model::pass)
      .may_block()
      .definition();
}

struct parking_model {
  std::chrono::nanoseconds left{0};
  void advance(std::chrono::nanoseconds by) { left = by < left ? left - by : std::chrono::nanoseconds(0); }
  void buy() { left = std::chrono::seconds(10); }
  bool valid() const { return left.count() > 0; }
  bool operator==(const parking_model&) const = default;
};

definition parking_ticket_contract() {
  using std::chrono::seconds;
  return heddle::contract<parking_ticket, parking_model>("parking ticket")
      .operation("buy", &parking_ticket::buy, &parking_model::buy)
      .operation("valid", &parking_ticket::valid, &parking_model::valid)
      .time_steps(rc::gen::element<std::chrono::nanoseconds>(seconds(4), seconds(10)))
      .wall_clock_steps(rc::gen::element<std::chrono::nanoseconds>(seconds(-5), seconds(5)))
      .definition();
}

definition moody_counter_contract() {
  return heddle::contract<moody_counter, anything>("moody counter")
      .operation("add", &moody_counter::add, &anything::happens)
      .definition();
}

/// A process that dies while it writes has written both parts or none; the next one reads what it left.
definition two_part_record_contract() {
  struct model {
    int value = 0;
    void write(int to, bool) { value = 2 * to; }
    int read() const { return value; }
    bool operator==(const model&) const = default;
  };
  const auto write = [](two_part_record& record, int value, bool crash) {
    record.write_first(value);
    if (crash) heddle::crash_this_process();
    record.write_second(value);
  };
  const auto read = [](two_part_record& record) { return record.sum(); };
  return heddle::contract<two_part_record, model>("two-part record")
      .operation("write", write, &model::write, rc::gen::inRange(1, 4), rc::gen::arbitrary<bool>())
      .finally("read", read, &model::read)
      .shape({.processes_min = 1, .processes_max = 1})
      .may_crash()
      .definition();
}

definition two_bugs_contract() {
  return heddle::contract<limiter_with_two_bugs, limiter_model>("limiter with two bugs")
      .operation("try_acquire", &limiter_with_two_bugs::try_acquire, &limiter_model::try_acquire,
                 rc::gen::inRange(3, 6))
      .operation("open_left", &limiter_with_two_bugs::open_left, [](limiter_model&) {})
      .operation("open_right", &limiter_with_two_bugs::open_right, [](limiter_model&) {})
      .definition();
}

}  // namespace broken
