// Selectively uniform random walk, SURW (Zhao, Wolff, Mathur, Roychoudhury, ASPLOS 2025).
//
// Every schedule has its interesting operations. Which thread executes the next of them is drawn in advance,
// each thread weighted by how many it still has to execute; the others are held back when they come to one of
// theirs. Operations that are not interesting run as in a random walk. If the counts are right and nothing
// blocks, every interleaving of the interesting operations is equally likely, however many other operations
// lie between them and however unequal the threads are. A random walk lets short threads run early.
//
// What is interesting: all operations on one object (atomic variable, lock, …; plain accesses where they are
// scheduling points), drawn for each schedule among the objects that two threads were seen to touch of which
// one wrote or synchronised. The boundaries between calls are such an object too.
//
// How many there are: the first two schedules of a program run its threads one after the other, by id
// ascending and descending, and count. Later schedules correct the counts upwards: of each thread at
// each place the most seen in a schedule.
//
// Complexity: O(n·p) per choice among n enabled threads, for p places (kinds of operation × program counters)
// in the program.
//
// Deviations: addresses change from schedule to schedule, so an object is known by the places that touched
// it; where a place serves several objects, all are interesting. Counts are of operations that were chosen
// among others: the rest leave no choice. The thread drawn is one of those that are enabled; who comes later
// takes part in later draws (the paper adds the counts of threads not yet created to those of their parents).
// The draw is void when the thread is blocked, has ended or goes on for long without an interesting
// operation.
#pragma once

#include <array>
#include <vector>

#include <heddle/harness/random.hpp>
#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

class selectively_uniform_walk final : public strategy {
 public:
  std::string_view name() const override { return "surw"; }
  void begin(std::uint64_t seed) override;
  void end(const runtime::result& outcome) override;
  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override { return random_.below(count); }

 private:
  using place_id = std::uint32_t;
  using thread_counts = std::array<std::uint32_t, runtime::max_threads>;

  struct place {
    runtime::action kind;
    const void* pc;
    thread_counts most{};  ///< of each thread, in a schedule so far
    thread_counts now{};   ///< in this schedule
    bool interesting = false;
  };
  /// What one schedule showed of an address.
  struct object {
    std::uintptr_t address;
    std::vector<place_id> places;  ///< ascending
    std::uint64_t threads = 0;     ///< bits
    bool changes = false;          ///< written to, or it synchronises
  };

  runtime::thread_id choose_in_profile(const runtime::choice_point& point);
  runtime::thread_id choose_in_walk(const runtime::choice_point& point);
  bool is_interesting(const runtime::pending_operation& what);
  void draw_next(const runtime::choice_point& point, bool waiting_only);
  void executes(runtime::thread_id thread, const runtime::pending_operation& what);
  place_id place_of(const runtime::pending_operation& what);

  random_stream random_;
  std::uint64_t schedules_ = 0;
  std::vector<place> places_;
  std::vector<object> objects_now_;              ///< in the order in which this schedule came to them
  std::vector<std::vector<place_id>> subjects_;  ///< objects that may be interesting, by their places

  thread_counts left_{};                          ///< interesting operations that each thread still has
  runtime::thread_id next_ = runtime::no_thread;  ///< who executes the next interesting operation
  std::uint32_t choices_since_draw_ = 0;
  runtime::thread_id last_ = runtime::no_thread;  ///< that was chosen
  std::uint32_t run_length_ = 0;                  ///< choices in a row that fell on it
};

}  // namespace heddle::harness
