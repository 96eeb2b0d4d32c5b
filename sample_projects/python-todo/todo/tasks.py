"""Tasks and the list that holds them."""

from dataclasses import dataclass, field


@dataclass
class Task:
    """Something to do."""

    text: str
    done: bool = False


@dataclass
class TodoList:
    """Tasks in the order in which they were added."""

    tasks: list = field(default_factory=list)

    def add(self, text):
        """Add a task and return it; empty text is refused."""
        if not text.strip():
            raise ValueError("a task needs text")
        task = Task(text.strip())
        self.tasks.append(task)
        return task

    def open(self):
        """The tasks that are not done."""
        return [task for task in self.tasks if not task.done]
