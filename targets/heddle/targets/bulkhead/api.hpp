// What every bulkhead here shares: configuration, refusals and the ticket.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace heddle::targets::bulkhead {

struct config {
  int max_concurrent = 10;  ///< tickets out at a time, at least 1
  int max_queued = 0;       ///< callers waiting at a time; with 0 no call ever waits
};

/// Throws std::invalid_argument unless max_concurrent ≥ 1 and max_queued ≥ 0.
inline void validate(const config& settings) {
  if (settings.max_concurrent < 1) throw std::invalid_argument("a bulkhead must let at least 1 call through");
  if (settings.max_queued < 0) throw std::invalid_argument("the length of the queue must not be negative");
}

enum class refusal : std::uint8_t {
  full,       ///< all slots are taken, and so are all places in the queue
  timed_out,  ///< waited until the deadline
};

/// The right to be inside. Given back exactly once: by release(), or else by its destructor, also when the
/// guarded code throws. Must not outlive its bulkhead.
template <class Bulkhead>
class basic_ticket {
 public:
  explicit basic_ticket(Bulkhead& issuer) : issuer_(&issuer) {}
  basic_ticket(basic_ticket&& other) noexcept : issuer_(std::exchange(other.issuer_, nullptr)) {}
  basic_ticket& operator=(basic_ticket&& other) noexcept {
    std::swap(issuer_, other.issuer_);
    return *this;
  }
  ~basic_ticket() {
    if (issuer_ != nullptr) issuer_->release(std::move(*this));
  }

  /// For the bulkhead: gives up the right. False if it was given back already or moved from.
  bool surrender() { return std::exchange(issuer_, nullptr) != nullptr; }

 private:
  Bulkhead* issuer_;
};

}  // namespace heddle::targets::bulkhead
