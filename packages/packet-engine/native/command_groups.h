// The commands of one flush by socket and receiver: what goes to one receiver must follow each other, so that the
// kernel can be given it as one message.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace rivero {

// Lists threaded through arrays of "next" numbers: made anew for every flush without allocating.
class CommandGroups {
 public:
  static constexpr uint32_t kEnd = 0xffffffff;

  CommandGroups(uint32_t sockets, uint32_t sessions, uint32_t commands)
      : socket_lists_(sockets), next_socket_(sockets, kEnd), session_lists_(sessions), next_session_(sessions, kEnd),
        next_command_(commands, kEnd) {}

  void Clear() {
    sockets_ = List();
    if (++epoch_ != 0) return;
    std::fill(socket_lists_.begin(), socket_lists_.end(), DatedList());
    std::fill(session_lists_.begin(), session_lists_.end(), DatedList());
    epoch_ = 1;
  }

  // command: its place, smaller than the number given at the beginning; so are the others.
  void Add(uint32_t command, uint32_t session, uint32_t socket) {
    DatedList& commands = session_lists_[session];
    if (commands.epoch != epoch_) {
      commands = {epoch_, List()};
      DatedList& sessions = socket_lists_[socket];
      if (sessions.epoch != epoch_) {
        sessions = {epoch_, List()};
        Append(&sockets_, &next_socket_, socket);
      }
      Append(&sessions.list, &next_session_, session);
    }
    Append(&commands.list, &next_command_, command);
  }

  // Each gives kEnd after the last one. The order is that in which they came first.
  uint32_t first_socket() const { return sockets_.head; }
  uint32_t next_socket(uint32_t socket) const { return next_socket_[socket]; }
  uint32_t first_session(uint32_t socket) const {
    return socket_lists_[socket].epoch == epoch_ ? socket_lists_[socket].list.head : kEnd;
  }
  uint32_t next_session(uint32_t session) const { return next_session_[session]; }
  uint32_t first_command(uint32_t session) const { return session_lists_[session].list.head; }
  uint32_t next_command(uint32_t command) const { return next_command_[command]; }

  uint32_t command_capacity() const { return static_cast<uint32_t>(next_command_.size()); }

 private:
  struct List {
    uint32_t head = kEnd;
    uint32_t tail = kEnd;
  };
  struct DatedList {
    uint32_t epoch = 0;  // the flush that the list is of
    List list;
  };
  static void Append(List* list, std::vector<uint32_t>* next, uint32_t item) {
    (*next)[item] = kEnd;
    if (list->head == kEnd) {
      list->head = item;
    } else {
      (*next)[list->tail] = item;
    }
    list->tail = item;
  }

  uint32_t epoch_ = 0;
  List sockets_;
  std::vector<DatedList> socket_lists_;
  std::vector<uint32_t> next_socket_;
  std::vector<DatedList> session_lists_;
  std::vector<uint32_t> next_session_;
  std::vector<uint32_t> next_command_;
};

}  // namespace rivero
