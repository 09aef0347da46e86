// Contract of the bulkhead.
//
//     heddle::check(heddle::contracts::bulkhead<OurBulkhead>());
//
// Required of a bulkhead: `acquire(steady_clock::time_point deadline)` and `try_acquire()` return a variant
// of a ticket and a refusal with the enumerators `full` and `timed_out`; `release(ticket&&)`. A ticket that
// is destroyed unreleased is released. Constructed from {max_concurrent, max_queued}; a class that is
// constructed otherwise comes with `make`, which gets the settings and returns one.
//
// Generated: 1 to 3 slots, 0 to 2 places in the queue; deadlines of 0, 1 and around the steps of the clock,
// which are counted from the start of the run and so mean one moment to bulkhead and model, whenever the call
// is made. Tickets are given back by release() and by going out of scope while an exception unwinds (`drop`).
// A process that holds none gives back one that the calls before the processes start have left. At the end
// the number of free slots shows what was lost or granted twice.
//
// An acquire is two steps for the model, request and grant. Time runs on when everybody waits and every
// deadline is finite, so a call that never returns is wrong: acquire is not declared may_block().
// The contract itself is compiled once, against an interface; for each class there is only an adapter.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include <heddle/contracts/common_rights.hpp>
#include <heddle/generators/contract.hpp>
#include <heddle/models/bulkhead.hpp>

namespace heddle::contracts {

/// A bulkhead in a generated program.
struct bulkhead_settings {
  int max_concurrent = 1;
  int max_queued = 0;
};

/// What the contract drives. To be constructed when the run starts.
class bulkhead_port {
 public:
  using result = models::bulkhead::acquire_result;

  /// A ticket of whatever type; destroying it destroys that.
  class held_ticket {
   public:
    virtual ~held_ticket() = default;
    virtual void release() = 0;
  };
  struct admission {
    result answer = result::granted;
    std::unique_ptr<held_ticket> ticket;  ///< if granted
  };

  virtual ~bulkhead_port() = default;
  virtual admission acquire(std::chrono::steady_clock::time_point deadline) = 0;
  virtual admission try_acquire() = 0;

  const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  common_rights<held_ticket> left_over;
};

/// The tickets of one process.
struct bulkhead_session {
  std::vector<std::unique_ptr<bulkhead_port::held_ticket>> tickets;
};

using bulkhead_contract = contract<bulkhead_port, models::bulkhead, bulkhead_session>;

namespace detail {

using make_bulkhead = std::function<std::unique_ptr<bulkhead_port>(const bulkhead_settings&)>;

bulkhead_contract contract_of(const std::type_info& type, make_bulkhead make, std::string name);

template <class Bulkhead>
class bulkhead_adapter final : public bulkhead_port {
  using ticket = std::variant_alternative_t<0, decltype(std::declval<Bulkhead&>().try_acquire())>;

 public:
  template <class Make>
  bulkhead_adapter(const Make& make, const bulkhead_settings& s) : bulkhead(make(s)) {}
  ~bulkhead_adapter() override { left_over.clear(); }

  admission acquire(std::chrono::steady_clock::time_point deadline) override {
    return as_admission(bulkhead.acquire(deadline));
  }
  admission try_acquire() override { return as_admission(bulkhead.try_acquire()); }

 private:
  class held final : public held_ticket {
   public:
    held(Bulkhead& issuer, ticket&& granted) : issuer_(issuer), ticket_(std::move(granted)) {}
    void release() override { issuer_.release(std::move(ticket_)); }

   private:
    Bulkhead& issuer_;
    ticket ticket_;
  };

  template <class Admission>
  admission as_admission(Admission&& answer) {
    if (auto* granted = std::get_if<0>(&answer))
      return {.answer = result::granted, .ticket = std::make_unique<held>(bulkhead, std::move(*granted))};
    const auto refused = std::get<1>(answer);
    return {.answer = refused == decltype(refused)::full ? result::full : result::timed_out,
            .ticket = nullptr};
  }

  Bulkhead bulkhead;  // reports show the name
};

}  // namespace detail

/// Linearizable with blocking, in time, to models::bulkhead.
template <class Bulkhead, class Make>
bulkhead_contract bulkhead(Make make, std::string name = "bulkhead") {
  using adapter = detail::bulkhead_adapter<Bulkhead>;
  return detail::contract_of(
      typeid(adapter),
      [make = std::move(make)](const bulkhead_settings& s) { return std::make_unique<adapter>(make, s); },
      std::move(name));
}

template <class Bulkhead>
bulkhead_contract bulkhead(std::string name = "bulkhead") {
  return bulkhead<Bulkhead>(
      [](const bulkhead_settings& s) {
        return Bulkhead({s.max_concurrent, s.max_queued});
      },
      std::move(name));
}

}  // namespace heddle::contracts
