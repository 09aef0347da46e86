// Random histories of a monitored type: simulated executions, in most of which some operations then exchange
// their times, or see something else.
#pragma once

#include <random>
#include <utility>
#include <vector>

#include "specification.hpp"

namespace heddle::test {

class operation_generator {
 public:
  /// Of the values, one in `reuse` is not new.
  operation_generator(object what, std::uint32_t seed, std::uint32_t reuse = 60)
      : what_(what), random_(seed), reuse_(reuse) {}

  std::vector<operation> generate(std::uint32_t operations, std::uint32_t processes) {
    execute(operations, processes);
    if (below(3) != 0) {
      for (std::uint32_t n = 1 + below(3); n > 0; --n) corrupt();
    }
    return history_;
  }

  /// One that is linearizable. Values are mostly unique, where the type's monitor wants them so.
  std::vector<operation> execute(std::uint32_t operations, std::uint32_t processes) {
    history_.clear();
    running_.clear();
    content_ = initial_content(what_);
    last_value_ = 0;
    position_ = 0;
    counting_ = below(10);
    losses_ = below(6) == 0 ? 4 : 40;
    while (history_.size() < operations || !running_.empty()) {
      const bool may_start = history_.size() < operations && running_.size() < processes;
      if (running_.empty() || (may_start && below(2) == 0))
        invoke();
      else
        proceed(below(static_cast<std::uint32_t>(running_.size())));
    }
    return history_;
  }

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

 private:
  struct running {
    std::uint32_t operation;
    bool took_effect;
  };

  void invoke() {
    operation o = draw();
    o.invoked = position_;
    position_ += below(4) != 0 ? 1 : 0;  // equal positions, too
    running_.push_back({static_cast<std::uint32_t>(history_.size()), false});
    history_.push_back(o);
  }

  /// The operation takes effect, or returns, or its outcome stays unknown.
  void proceed(std::uint32_t which) {
    running& r = running_[which];
    operation& o = history_[r.operation];
    if (!r.took_effect && below(losses_) != 0) {
      perform(what_, o, content_);
      r.took_effect = true;
      return;
    }
    if (r.took_effect && below(losses_) != 0) {
      if (position_ == o.invoked) ++position_;
      o.returned = position_;
      position_ += below(4) != 0 ? 1 : 0;
    }
    running_.erase(running_.begin() + which);
  }

  std::int64_t fresh() { return last_value_ > 0 && below(reuse_) == 0 ? known() : ++last_value_; }
  std::int64_t known() { return below(static_cast<std::uint32_t>(last_value_) + 1); }

  operation draw() {
    operation o;
    switch (what_) {
      case object::plain_register:
      case object::cas_register:
        draw_register(o);
        break;
      case object::counter:
        draw_counter(o);
        break;
      case object::set:
        o.what = std::vector{method::add, method::remove, method::contains}[below(3)];
        o.argument = below(3);
        break;
      default:
        o.what = below(20) < 11 ? method::insert : method::extract;
        if (o.what == method::insert) o.argument = what_ == object::priority_queue ? scattered() : fresh();
    }
    return o;
  }

  void draw_register(operation& o) {
    o.what = below(2) == 0 ? method::read : method::write;
    if (o.what == method::read) return;
    o.argument = fresh();
    if (what_ == object::plain_register || below(2) == 0) return;
    o.what = method::compare_and_set;
    o.expected = below(3) == 0 ? known() : content_[0];
  }

  /// Mostly a counter that the monitor decides; sometimes one of increments and decrements.
  void draw_counter(operation& o) {
    o.what = std::vector{method::read, method::increase, method::increase_and_read}[below(3)];
    if (o.what == method::read) return;
    o.argument = counting_ < 4 ? 1 : counting_ < 6 ? -1 : 2;
    if (counting_ >= 8 && o.what == method::increase_and_read) o.argument = below(4);
    if (counting_ == 9 && below(2) == 0) o.argument = -1;
  }

  /// Mostly unique, in no order.
  std::int64_t scattered() { return 7 * fresh() % 1009; }

  void corrupt() {
    operation& o = history_[below(static_cast<std::uint32_t>(history_.size()))];
    operation& other = history_[below(static_cast<std::uint32_t>(history_.size()))];
    if (below(3) != 0) {
      std::swap(o.invoked, other.invoked);
      std::swap(o.returned, other.returned);
    } else if (o.what == method::extract || o.what == method::add || o.what == method::remove ||
               o.what == method::contains || o.what == method::compare_and_set) {
      o.success = !o.success;
      o.result = o.success ? known() : 0;
      if (what_ == object::cas_register || what_ == object::set) o.result = 0;
    } else if (o.what == method::read || o.what == method::increase_and_read) {
      o.result += static_cast<std::int64_t>(below(3)) - 1;
    }
  }

  object what_;
  std::mt19937 random_;
  std::uint32_t reuse_;
  std::vector<operation> history_;
  std::vector<running> running_;
  content content_;
  std::int64_t last_value_ = 0;
  std::uint32_t position_ = 0;
  std::uint32_t counting_ = 0;  ///< which amounts a counter changes by
  std::uint32_t losses_ = 1;    ///< every how many outcomes one stays unknown
};

}  // namespace heddle::test
